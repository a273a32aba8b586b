"""The mail that was caught: a Maildir on disk, and what a list of it needs in memory."""

import mailbox
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

FROM_HEADER = "X-Envelope-From"
TO_HEADER = "X-Envelope-To"
LINK = re.compile(r"https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]")


@dataclass(frozen=True)
class Summary:
    """A mail as a list shows it. `to` are the addresses that it was handed over for, in lower case."""

    id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str


@dataclass(frozen=True)
class Mail:
    """One mail in full; `html` is None when it has no such part. Headers as they came, in their order."""

    summary: Summary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str | None

    @property
    def links(self) -> list[str]:
        """The addresses in its text, in their order, each once."""
        return list(dict.fromkeys(LINK.findall(self.text)))


class CaughtMail:
    """Keeps mail in `folder` and finds it again there."""

    def __init__(self, folder: Path) -> None:
        self._maildir = mailbox.Maildir(folder, create=True)
        parser = BytesHeaderParser(policy=policy.default)
        found = [_summary(key, parser.parsebytes(self._maildir.get_bytes(key))) for key in self._maildir.iterkeys()]
        self._summaries = {each.id: each for each in sorted(found, key=lambda each: each.at)}

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> Summary:
        """On disk when this returns."""
        envelope = f"{FROM_HEADER}: {sender}\r\n{TO_HEADER}: {', '.join(recipients)}\r\n"
        key = self._maildir.add(envelope.encode() + content)
        summary = _summary(key, BytesHeaderParser(policy=policy.default).parsebytes(envelope.encode() + content))
        self._summaries[key] = summary
        return summary

    def newest_first(self, to: str = "") -> list[Summary]:
        """All, or those whose recipient contains `to`."""
        wanted = to.strip().lower()
        return [mail for mail in reversed(self._summaries.values()) if any(wanted in address for address in mail.to)]

    def read(self, mail_id: str) -> Mail | None:
        summary = self._summaries.get(mail_id)
        if summary is None:
            return None
        message = message_from_bytes(self._maildir.get_bytes(mail_id), policy=policy.default)
        headers = tuple((name, str(value)) for name, value in message.items() if name not in (FROM_HEADER, TO_HEADER))
        return Mail(summary, headers, _part(message, "plain") or "", _part(message, "html"))


def _summary(key: str, message: EmailMessage) -> Summary:
    """A Maildir key begins with the second of its arrival and `M` the microsecond within it."""
    arrived = re.match(r"(\d+)\.M(\d+)", key)
    seconds, microseconds = (int(arrived[1]), int(arrived[2])) if arrived else (0, 0)
    return Summary(
        id=key,
        at=datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds),
        sender=str(message.get(FROM_HEADER, "")),
        to=tuple(address.strip().lower() for address in str(message.get(TO_HEADER, "")).split(",")),
        subject=str(message.get("Subject", "")) or "(no subject)",
    )


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
