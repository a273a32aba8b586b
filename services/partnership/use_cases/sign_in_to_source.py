"""Ask a source as somebody whom it knows: with a token that is reused while it lasts, or with each request signed."""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from services.partnership.domain.credentials import Credentials
from services.partnership.domain.oauth1 import authorization
from services.partnership.domain.pull_settings import ClientCredentials, SignIn
from services.partnership.domain.source_trouble import SourceTrouble, complaint, of_status
from shared.clock import Clock
from shared.web_client import Answer, Call, WebClient
from shared.web_trouble import NotUnderstood

UNAUTHORIZED = 401
EARLIER = timedelta(seconds=60)
USUAL_SECONDS = 300.0
REDIRECTS = 3


@dataclass(frozen=True)
class Token:
    """`headers` go with every request until `until`."""

    headers: Mapping[str, str] = field(repr=False)
    until: datetime


async def sign_in_to_source(
    web: WebClient, how: ClientCredentials, token_url: str, credentials: Credentials, now: datetime
) -> Token:
    """A new token (RFC 6749 §4.4), asked for as the source wants to be asked."""
    answer = await web.call_patiently(_token_call(how, token_url, credentials))
    if not answer.is_good:
        if answer.is_page or answer.status >= 500:
            raise of_status(answer.status, "the address for tokens", "")
        raise SourceTrouble(
            f"The source gives us no token (status {answer.status}{_told(answer)}).",
            "Check the client id and secret, the address for tokens and the scope.",
        )
    body = answer.json()
    token = body.get("access_token") if isinstance(body, Mapping) else None
    if not isinstance(token, str) or not token or any(each in token for each in "\r\n"):
        raise SourceTrouble(
            "The answer of the address for tokens holds no token.", "Check the address and the way to sign in."
        )
    headers = {"authorization": f"Bearer {token}"}
    if how.replays_cookies and answer.cookies:
        headers["cookie"] = "; ".join(answer.cookies)
    return Token(headers, now + _lasts(body.get("expires_in")))


class Signed:
    """GETs of a source, signed. A request that is refused as not signed in is made once more with a new token."""

    def __init__(
        self, web: WebClient, sign_in: SignIn, credentials: Credentials, clock: Clock, *, token_url: str = ""
    ) -> None:
        self.token_url = token_url
        self._web = web
        self._sign_in = sign_in
        self._credentials = credentials
        self._clock = clock
        self._token: Token | None = None

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Whatever the source answers, unless it is out of reach or busy for too long."""
        answer = await self._get(url, headers or {})
        if answer.status == UNAUTHORIZED:
            self._token = None
            answer = await self._get(url, headers or {})
        return answer

    async def open_get(self, url: str) -> Answer:
        """Without saying who we are."""
        return await self._web.call_patiently(Call(url, headers=_ACCEPT, redirects=REDIRECTS))

    async def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        signed = {**_ACCEPT, **headers, **await self._signature(url)}
        return await self._web.call_patiently(Call(url, headers=signed, redirects=REDIRECTS))

    async def _signature(self, url: str) -> Mapping[str, str]:
        if isinstance(self._sign_in, ClientCredentials):
            now = self._clock()
            if self._token is None or self._token.until <= now:
                self._token = await sign_in_to_source(self._web, self._sign_in, self.token_url, self._credentials, now)
            return self._token.headers
        header = authorization(
            "GET",
            url,
            self._credentials.client_id.get_secret_value(),
            self._credentials.client_secret.get_secret_value(),
            nonce=secrets.token_hex(16),
            timestamp=int(self._clock().timestamp()),
            signature_method=self._sign_in.method,
        )
        return {"authorization": header}


_ACCEPT = {"accept": "application/json"}


def _token_call(how: ClientCredentials, token_url: str, credentials: Credentials) -> Call:
    key, secret = credentials.client_id.get_secret_value(), credentials.client_secret.get_secret_value()
    headers = {**_ACCEPT, "content-type": "application/x-www-form-urlencoded"}
    general = {"grant_type": "client_credentials"} | ({"scope": how.scope} if how.scope else {})
    secret_ones = {"client_id": key, "client_secret": secret}
    body, query = (general, {}) if how.parameters_in == "body" else ({}, general)
    if how.credentials_in == "header":
        # RFC 6749 §2.3.1 would have both form-encoded first; servers take them as they are.
        headers["authorization"] = f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}"
    elif how.credentials_in == "body":
        body = body | secret_ones
    else:
        query = query | secret_ones
    mark = "&" if "?" in token_url else "?"
    url = f"{token_url}{mark}{urlencode(query)}" if query else token_url
    return Call(url, "POST", headers, urlencode(body).encode())


def _lasts(seconds: object) -> timedelta:
    """Until a minute before its end; of a very short one half of its time."""
    try:
        stated = timedelta(seconds=min(max(float(str(seconds)), 0.0), 30 * 86400.0))
    except (ValueError, OverflowError):
        stated = timedelta(seconds=USUAL_SECONDS)
    return max(stated - EARLIER, stated / 2)


def _told(answer: Answer) -> str:
    try:
        code = complaint(answer.json())
    except NotUnderstood:
        return ""
    return f", {code}" if code else ""
