"""Request signatures, held against the examples of RFC 5849."""

import re

import pytest

from services.partnership.domain.oauth1 import authorization, base_string, escaped, signature

RFC_PARAMETERS = [
    ("oauth_consumer_key", "9djdj82h48djs9d2"),
    ("oauth_token", "kkk9d7dh3k39sjv7"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131201"),
    ("oauth_nonce", "7d8f3e4a"),
    ("c2", ""),
    ("a3", "2 q"),
]


def test_the_base_string_is_that_of_the_standard() -> None:
    """RFC 5849, section 3.4.1.1."""
    url = "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"
    assert base_string("post", url, RFC_PARAMETERS) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26"
        "c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26"
        "oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_the_signature_is_that_of_the_standard() -> None:
    """RFC 5849, section 1.2: the request for the photo."""
    parameters = [
        ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
        ("oauth_token", "nnch734d00sl2jdk"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131202"),
        ("oauth_nonce", "chapoH"),
    ]
    text = base_string("GET", "http://photos.example.net/photos?file=vacation.jpg&size=original", parameters)
    assert signature(text, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00", "HMAC-SHA1") == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("HTTPS://SIS.example:443/a?x=1", "https%3A%2F%2Fsis.example%2Fa"),
        ("https://sis.example:8443/a", "https%3A%2F%2Fsis.example%3A8443%2Fa"),
        ("http://sis.example", "http%3A%2F%2Fsis.example%2F"),
    ],
)
def test_the_address_is_signed_in_its_plain_form(url: str, signed: str) -> None:
    assert base_string("GET", url, []).split("&")[1] == signed


def test_the_header_holds_everything_but_the_secret() -> None:
    header = authorization(
        "GET",
        "https://h/users?filter=a%3D%27b%27",
        "key",
        "s3cret&",
        nonce="n",
        timestamp=7,
        signature_method="HMAC-SHA256",
    )
    assert header.startswith('OAuth oauth_consumer_key="key", oauth_nonce="n", oauth_signature_method="HMAC-SHA256"')
    assert re.search(r'oauth_signature="[A-Za-z0-9%]{44,60}"$', header)
    assert "s3cret" not in header


def test_escaping_leaves_only_unreserved_characters() -> None:
    assert escaped("a-._~ +*é/") == "a-._~%20%2B%2A%C3%A9%2F"
