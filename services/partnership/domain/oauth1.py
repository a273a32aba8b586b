"""OAuth 1.0a request signatures (RFC 5849, with HMAC-SHA256 beside HMAC-SHA1): two-legged, without a token."""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from typing import Literal
from urllib.parse import parse_qsl, quote, urlsplit

SignatureMethod = Literal["HMAC-SHA256", "HMAC-SHA1"]
Parameters = Iterable[tuple[str, str]]
_HASHES: dict[SignatureMethod, str] = {"HMAC-SHA256": "sha256", "HMAC-SHA1": "sha1"}
_DEFAULT_PORTS = {"http": 80, "https": 443}


def authorization(
    method: str, url: str, key: str, secret: str, *, nonce: str, timestamp: int, signature_method: SignatureMethod
) -> str:
    """The Authorization header of a request without a form in its body."""
    stated = [
        ("oauth_consumer_key", key),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", signature_method),
        ("oauth_timestamp", str(timestamp)),
        ("oauth_version", "1.0"),
    ]
    signed = signature(base_string(method, url, stated), secret, "", signature_method)
    shown = ", ".join(f'{name}="{escaped(value)}"' for name, value in [*stated, ("oauth_signature", signed)])
    return f"OAuth {shown}"


def base_string(method: str, url: str, parameters: Parameters) -> str:
    """What is signed (§3.4.1): the method, the address without its query, and all parameters in order."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    if parts.port and parts.port != _DEFAULT_PORTS.get(scheme):
        host = f"{host}:{parts.port}"
    queried = parse_qsl(parts.query, keep_blank_values=True)
    every = sorted((escaped(name), escaped(value)) for name, value in [*queried, *parameters])
    joined = "&".join(f"{name}={value}" for name, value in every)
    return "&".join(map(escaped, (method.upper(), f"{scheme}://{host}{parts.path or '/'}", joined)))


def signature(text: str, secret: str, token_secret: str, signature_method: SignatureMethod) -> str:
    """In base 64 (§3.4.2)."""
    key = f"{escaped(secret)}&{escaped(token_secret)}"
    return b64encode(hmac.digest(key.encode(), text.encode(), _HASHES[signature_method])).decode()


def escaped(text: str) -> str:
    """Percent-encoded as §3.6 has it."""
    return quote(text, safe="-._~")
