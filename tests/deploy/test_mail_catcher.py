"""The mail catcher: a mail handed over by SMTP is on its pages, in its API, and there again after a restart."""

import smtplib
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.local.mail_catcher import with_links
from deploy.local.process import Child, free_port


class Catcher:
    """The mail catcher as `make up` runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smtp_port, self.http_port = free_port(), free_port()
        self.start()

    def start(self) -> None:
        ports = ["--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port)]
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "deploy.local.mail_catcher",
            *ports,
            "--folder",
            self.folder / "mail",
        ]
        self.child = Child.start("mail catcher", command, log=self.folder / "log")
        self.child.wait_until(self.lives, seconds=20)

    def lives(self) -> bool:
        try:
            return self.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.http_port}{path}")

    def send(self, to: str, subject: str = "Your answers are asked for") -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "PrepBridge <ask@prepbridge.example>", to, subject
        mail["List-Unsubscribe"] = "<https://prepbridge.example/u/1>"
        mail.set_content("Grüße <b>.\nOpen https://prepbridge.example/s#token-1, please.")
        mail.add_alternative("<p>Grüße</p><script>alert(1)</script>", subtype="html")
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as client:
            client.send_message(mail)


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    running = Catcher(tmp_path)
    yield running
    running.child.stop()


def test_a_mail_is_listed_by_recipient_and_read_with_its_links(catcher: Catcher) -> None:
    catcher.send("Ann.Lee@school.example")
    catcher.send("bo@school.example", subject="Für Sie")
    assert [mail["subject"] for mail in catcher.get("/api/messages").json()["messages"]] == [
        "Für Sie",
        "Your answers are asked for",
    ]
    (found,) = catcher.get("/api/messages?to=ann.lee@school.example").json()["messages"]
    mail = catcher.get(f"/api/messages/{found['id']}").json()
    assert mail["to"] == ["ann.lee@school.example"]
    assert mail["links"] == ["https://prepbridge.example/s#token-1"]
    assert ["List-Unsubscribe", "<https://prepbridge.example/u/1>"] in mail["headers"]
    assert "<p>Grüße</p>" in mail["html"]


def test_its_page_shows_text_escaped_and_html_only_in_a_sandbox(catcher: Catcher) -> None:
    catcher.send("ann@school.example")
    (found,) = catcher.get("/api/messages").json()["messages"]
    page = catcher.get(f"/messages/{found['id']}")
    assert '<a href="https://prepbridge.example/s#token-1">' in page.text
    assert "Grüße &lt;b&gt;." in page.text
    assert "alert(1)" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    part = catcher.get(f"/messages/{found['id']}/html")
    assert part.headers["content-security-policy"].startswith("sandbox allow-popups")
    assert "allow-scripts" not in part.headers["content-security-policy"]


def test_mail_is_there_again_after_a_kill(catcher: Catcher) -> None:
    catcher.send("ann@school.example")
    before = catcher.get("/api/messages").json()
    catcher.child.kill()
    catcher.start()
    assert catcher.get("/api/messages").json() == before
    assert before["total"] == 1


def test_a_long_list_has_pages_and_a_filter(catcher: Catcher) -> None:
    for number in range(51):
        catcher.send(f"p{number}@school.example", subject=f"Mail {number}")
    first = catcher.get("/").text
    assert "51 mails" in first
    assert first.count("<li>") == 50
    assert "Older mail" in first
    assert catcher.get("/?page=2").text.count("<li>") == 1
    assert catcher.get("/?to=p50@").text.count("<li>") == 1


def test_what_is_not_there_is_not_found(catcher: Catcher) -> None:
    assert catcher.get("/messages/nothing").status_code == 404
    assert catcher.get("/api/messages/nothing").status_code == 404


def test_links_in_a_text_cannot_smuggle_markup() -> None:
    shown = with_links('see http://a.example/x"><img src=y> & <http://b.example/>.')
    assert shown == (
        'see <a href="http://a.example/x">http://a.example/x</a>&#34;&gt;&lt;img src=y&gt; &amp; '
        '&lt;<a href="http://b.example/">http://b.example/</a>&gt;.'
    )
