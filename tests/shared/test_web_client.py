"""The seam to other people's web servers holds its deadlines, sizes and hosts, and keeps secrets to itself."""

import gzip
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.web_client import Call, CallLimits, Patience, WebClient
from shared.web_trouble import (
    AddressRefused,
    AnswerTooLarge,
    NotReached,
    NotUnderstood,
    StillBusy,
    TooSlow,
    WebTrouble,
)
from tests.shared.web_servers import reply, web_server

NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)


class Waits(list[float]):
    """Does not wait, but keeps for how long it should have."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(waits: Waits | None = None, **changes: Any) -> WebClient:
    known = {
        "private_allowed": True,
        "clock": lambda: NOW,
        "wait": Waits() if waits is None else waits,
        "jitter": lambda: 1.0,
    }
    return WebClient(**{**known, **changes})


async def test_a_call_brings_status_headers_body_and_cookies() -> None:
    answers = reply(b'{"a": [1]}', 201, "application/json", "X-Total-Count: 7", "Set-Cookie: route=b; Path=/")
    async with web_server(lambda *_: answers) as asked, client() as web:
        answer = await web.call(Call(asked.url("/users?limit=2"), headers={"authorization": "Bearer t"}))
    assert (answer.status, answer.is_good, answer.json(), answer.cookies) == (201, True, {"a": [1]}, ("route=b",))
    assert answer.headers["x-total-count"] == "7"
    assert asked.heads[0].startswith("GET /users?limit=2 HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{asked.port}" in asked.heads[0].lower()
    assert "authorization: Bearer t" in asked.heads[0]


async def test_cookies_are_not_kept_from_call_to_call() -> None:
    async with web_server(lambda *_: reply(b"{}", 200, "text/plain", "Set-Cookie: a=b")) as asked, client() as web:
        await web.call(Call(asked.url()))
        await web.call(Call(asked.url()))
    assert "cookie" not in asked.heads[1].lower()


async def test_a_busy_server_is_asked_again_when_it_wishes() -> None:
    busy = {1: reply(b"", 429, "text/plain", "Retry-After: 7"), 2: reply(b"", 503), 3: reply(b"", 502)}
    waits = Waits()
    async with web_server(lambda _, n: busy.get(n, reply())) as asked, client(waits) as web:
        answer = await web.call_patiently(Call(asked.url()))
    assert answer.status == 200
    assert waits == [7.0, 2.0, 4.0]


async def test_a_wish_may_be_a_date() -> None:
    busy = reply(b"", 503, "text/plain", "Retry-After: Tue, 01 Sep 2026 04:00:40 GMT")
    waits = Waits()
    async with web_server(lambda _, n: busy if n == 1 else reply()) as asked, client(waits) as web:
        await web.call_patiently(Call(asked.url()))
    assert waits == [40.0]


async def test_a_server_that_wishes_too_long_a_wait_is_left_alone() -> None:
    busy = reply(b"", 429, "text/plain", "Retry-After: 86400")
    async with web_server(lambda *_: busy) as asked, client() as web:
        with pytest.raises(StillBusy) as trouble:
            await web.call_patiently(Call(asked.url()))
    assert (len(asked.heads), trouble.value.retry_after, trouble.value.may_pass) == (1, 86400.0, True)
    assert trouble.value.message == "127.0.0.1 asks us to slow down (status 429)."


async def test_a_server_that_stays_busy_is_given_up() -> None:
    waits = Waits()
    async with web_server(lambda *_: reply(b"", 502)) as asked, client(waits, patience=Patience(calls=3)) as web:
        with pytest.raises(StillBusy) as trouble:
            await web.call_patiently(Call(asked.url()))
    assert (len(asked.heads), len(waits), trouble.value.status) == (3, 2, 502)


async def test_a_connection_that_breaks_is_tried_again() -> None:
    cut = reply(b"0123456789")[:-4]
    async with web_server(lambda _, n: cut if n == 1 else reply()) as asked, client() as web:
        assert (await web.call_patiently(Call(asked.url()))).status == 200
        assert len(asked.heads) == 2


async def test_nobody_at_home_is_told_as_such() -> None:
    async with web_server(lambda *_: reply()) as asked:
        url = asked.url()
    async with client() as web:
        with pytest.raises(NotReached) as trouble:
            await web.call(Call(url))
    assert trouble.value.message == "127.0.0.1 cannot be reached."


@pytest.mark.parametrize("limits", [CallLimits(step_seconds=0.05), CallLimits(whole_seconds=0.05)])
async def test_a_slow_server_meets_a_deadline(limits: CallLimits) -> None:
    async with web_server(lambda *_: None) as asked, client(limits=limits) as web:
        with pytest.raises(TooSlow) as trouble:
            await web.call(Call(asked.url()))
    assert trouble.value.message == "127.0.0.1 took too long to answer."


async def test_an_answer_that_is_too_large_is_not_taken() -> None:
    limits = CallLimits(answer_bytes=1000)
    async with web_server(lambda *_: reply(b"x" * 1001)) as asked, client(limits=limits) as web:
        with pytest.raises(AnswerTooLarge):
            await web.call(Call(asked.url()))


async def test_an_answer_that_unpacks_to_too_much_is_not_taken() -> None:
    bomb = reply(gzip.compress(b"0" * 10_000_000), 200, "application/json", "Content-Encoding: gzip")
    async with web_server(lambda *_: bomb) as asked, client(limits=CallLimits(answer_bytes=100_000)) as web:
        with pytest.raises(AnswerTooLarge):
            await web.call(Call(asked.url()))


async def test_a_packed_answer_is_unpacked() -> None:
    packed = reply(gzip.compress(b'{"a": 1}'), 200, "application/json", "Content-Encoding: gzip")
    async with web_server(lambda *_: packed) as asked, client() as web:
        assert (await web.call(Call(asked.url()))).json() == {"a": 1}


@pytest.mark.parametrize(
    ("encoding", "body"), [("br", b"abc"), ("gzip", b"abc"), ("gzip", gzip.compress(b"0123456789" * 9)[:-9])]
)
async def test_what_cannot_be_unpacked_is_not_taken(encoding: str, body: bytes) -> None:
    answer = reply(body, 200, "application/json", f"Content-Encoding: {encoding}")
    async with web_server(lambda *_: answer) as asked, client() as web:
        with pytest.raises(NotUnderstood):
            await web.call(Call(asked.url()))


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html>", "text/plain", "answered with a web page"),
        (b"{}", "text/html; charset=utf-8", "answered with a web page"),
        (b'{"users": [', "application/json", "breaks off or is no JSON"),
        (b"", "application/json", "breaks off or is no JSON"),
        (b"[" * 100_000, "application/json", "breaks off or is no JSON"),
    ],
)
async def test_what_is_no_json_is_told_in_plain_words(body: bytes, kind: str, words: str) -> None:
    async with web_server(lambda *_: reply(body, 200, kind)) as asked, client() as web:
        answer = await web.call(Call(asked.url()))
    with pytest.raises(NotUnderstood, match=words):
        answer.json()


async def test_a_redirection_is_followed_within_the_host_and_only_if_wanted() -> None:
    moved = reply(b"", 302, "text/plain", "Location: /new?x=1")
    async with web_server(lambda head, _: reply() if "/new" in head else moved) as asked, client() as web:
        assert (await web.call(Call(asked.url("/old")))).status == 302
        assert (await web.call(Call(asked.url("/old"), redirects=1))).status == 200
    assert asked.heads[-1].startswith("GET /new?x=1 ")


async def test_a_redirection_to_another_host_is_refused() -> None:
    moved = reply(b"", 302, "text/plain", "Location: http://elsewhere.example/")
    async with web_server(lambda *_: moved) as asked, client() as web:
        with pytest.raises(AddressRefused, match="another host"):
            await web.call(Call(asked.url(), redirects=3, headers={"authorization": "Bearer secret"}))
    assert len(asked.heads) == 1


async def test_a_circle_of_redirections_ends() -> None:
    moved = reply(b"", 302, "text/plain", "Location: /")
    async with web_server(lambda *_: moved) as asked, client() as web:
        with pytest.raises(NotUnderstood):
            await web.call(Call(asked.url(), redirects=3))
    assert len(asked.heads) == 4


async def test_our_own_network_is_not_called_where_that_is_not_allowed() -> None:
    async def inside(_host: str, _port: int) -> list[str]:
        return ["10.0.0.7", "169.254.169.254", "::1"]

    async with client(private_allowed=False, resolve=inside) as web:
        with pytest.raises(AddressRefused, match=r"sis\.example is in a network that is not called"):
            await web.call(Call("https://sis.example/"))


async def test_plain_http_is_refused_where_our_own_network_is() -> None:
    async with client(private_allowed=False) as web:
        with pytest.raises(AddressRefused, match="without encryption"):
            await web.call(Call("http://sis.example/"))


async def test_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    """The name is resolved once: a second look-up could lead elsewhere."""
    looked_up = []

    async def once(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.2", "127.0.0.1"]

    async with web_server(lambda *_: reply()) as asked, client(resolve=once) as web:
        assert (await web.call(Call(asked.url(host="sis.example")))).status == 200
    assert looked_up == ["sis.example"]
    assert f"host: sis.example:{asked.port}" in asked.heads[0].lower()


async def test_no_error_holds_a_secret_of_the_call() -> None:
    secret = "s3cret"
    async with web_server(lambda *_: reply(b"<html>", 200, "text/html")) as asked:
        call = Call(asked.url(f"/t?client_secret={secret}"), headers={"authorization": secret}, body=secret.encode())
        async with client() as web:
            answer = await web.call(call)
    told = [repr(call), repr(answer)]
    for wrong in (call.url, f"ftp://x/{secret}", f"https://a:{secret}@b/", f"http://[{secret}", f"https://x:{secret}/"):
        async with client(private_allowed=False) as web:
            with pytest.raises(WebTrouble) as trouble:
                await web.call(Call(wrong))
            told += [str(trouble.value), repr(trouble.value), trouble.value.hint, str(trouble.value.__cause__)]
    assert [text for text in told if secret in text] == []


def _authority_and_server() -> tuple[str, bytes]:
    """The certificate of an authority of our own, which is its only server too, and certificate with key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "sis.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("sis.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    return pem.decode(), pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


async def test_a_private_authority_is_trusted_where_it_is_given_and_nowhere_else(tmp_path: Path) -> None:
    authority, both = _authority_and_server()
    (tmp_path / "server.pem").write_bytes(both)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(tmp_path / "server.pem")

    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with web_server(lambda *_: reply(), trust) as asked:
        url = asked.url(scheme="https", host="sis.example")
        async with client(authority=authority, resolve=here) as web:
            assert (await web.call(Call(url))).status == 200
            with pytest.raises(NotReached, match="not one that we trust"):
                await web.call(Call(asked.url(scheme="https", host="other.example")))
        async with client(resolve=here) as web:
            with pytest.raises(NotReached, match="not one that we trust"):
                await web.call(Call(url))
    with pytest.raises(AddressRefused):
        client(authority="no certificate")
