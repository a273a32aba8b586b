"""A signed-in person's session: a signed token in a cookie, good for a working day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import Response

from shared.access.callers import ROLES, Caller, Role

AUDIENCE = "prepbridge"
LASTS = timedelta(hours=8)
ALGORITHM = "HS256"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Sessions:
    """Issues and reads sessions. One key and one cookie serve all services of a host."""

    key: str
    public_url: str

    @property
    def is_secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """`__Host-` pins the cookie to this host, and browsers take it over https only."""
        return "__Host-prepbridge_session" if self.is_secure else "prepbridge_session"

    def token(self, caller: Caller, now: datetime) -> str:
        claims = {
            "aud": AUDIENCE,
            "sub": caller.subject,
            "iat": int(now.timestamp()),
            "exp": int((now + LASTS).timestamp()),
            "role": caller.role,
            "organizations": sorted(caller.organizations),
            "name": caller.display_name,
        }
        return jwt.encode({"alg": ALGORITHM}, claims, self._key, algorithms=[ALGORITHM])

    def caller(self, token: str, now: datetime) -> Caller | None:
        """The person whose session this is; None if it is not ours, not for us, or over."""
        rules = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            rules.validate(claims)
        except (JoseError, ValueError):
            return None
        role = _role(claims.get("role"))
        if role is None:
            return None
        return Caller(
            subject=str(claims["sub"]),
            role=role,
            organizations=frozenset(map(str, claims.get("organizations", ()))),
            display_name=str(claims.get("name", "")),
        )

    def set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(LASTS.total_seconds()),
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def clear_cookie(self, response: Response) -> None:
        response.delete_cookie(self.cookie, path="/", secure=self.is_secure, httponly=True, samesite="lax")

    @property
    def _key(self) -> OctKey:
        return OctKey.import_key(self.key)


def comes_from_our_own_page(request: Request, public_url: str) -> bool:
    """Whether a browser sent this from one of our pages (OWASP: Sec-Fetch-Site, else Origin, which must be there)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return False
    return origin == public_url or urlsplit(origin).netloc == request.headers.get("host")


def _role(claimed: object) -> Role | None:
    return next((role for role in ROLES if role == claimed), None)
