"""The words of an invitation to all that is new for a person. It names no completer: others read an inbox too."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape

BAD_ADDRESS = "5.1"
"""The status class of what is no address (RFC 3463: addressing)."""

PROVIDERS_NAMED = 3

ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@[A-Za-z0-9.-]+", re.ASCII)


def is_address(text: str) -> bool:
    """One mailbox that every mail server can be asked about; no list, no display name, ASCII only."""
    return text.isascii() and ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a mail is made from; the same facts make the same mail.

    `providers` are those under review that a partner is asked about, by name. `answer_until` is the earliest last day.
    """

    message_id: str
    sender: str
    recipient: str
    link: str
    unsubscribe_link: str
    campaigns: tuple[str, ...]
    educators: int
    providers: tuple[str, ...]
    answer_until: date
    is_one_day: bool
    written_at: datetime


def compose(invitation: Invitation) -> EmailMessage:
    """Text and HTML; with one-click unsubscription (RFC 8058), and marked so that no robot answers (RFC 3834)."""
    message = EmailMessage()
    message["From"] = invitation.sender
    message["To"] = invitation.recipient
    message["Subject"] = f"{' and '.join(invitation.campaigns)}: {_subject(invitation)}"
    message["Date"] = format_datetime(invitation.written_at)
    message["Message-ID"] = f"<{invitation.message_id}@{parseaddr(invitation.sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{invitation.unsubscribe_link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_text(invitation))
    message.add_alternative(_html(invitation), subtype="html")
    return message


def _educators(count: int) -> str:
    return "a new educator" if count == 1 else f"{count} new educators"


def _partners(names: tuple[str, ...]) -> str:
    """Some names, and how many more. As they are told by others, they are kept to one line."""
    shown = [" ".join(name.split()) for name in names[:PROVIDERS_NAMED]]
    if left := len(names) - len(shown):
        shown.append("another provider" if left == 1 else f"{left} other providers")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _subject(invitation: Invitation) -> str:
    parts = []
    if invitation.educators:
        parts.append(f"{_educators(invitation.educators)} at your school or district")
    if invitation.providers:
        parts.append(f"your partnership with {_partners(invitation.providers)}")
    return "; ".join(parts)


def _opening(invitation: Invitation) -> str:
    parts = []
    if invitation.educators:
        parts.append(
            f"you work with {_educators(invitation.educators)} who recently finished a preparation program. "
            "How ready were they for the work?"
        )
    if invitation.providers:
        begin = "you" if not parts else "You"
        asked = "the provider is" if len(invitation.providers) == 1 else "these providers are"
        parts.append(
            f"{begin} are named as a partner of {_partners(invitation.providers)}; {asked} under review. "
            "How does the partnership work for your schools?"
        )
    return " ".join((*parts, "A form takes about three minutes. All forms are behind one link:"))


def _closing(invitation: Invitation) -> str:
    until = invitation.answer_until
    return (
        f"{WHO_ASKS} {_taken_until(until, is_one_day=invitation.is_one_day)} You can stop at any time and go on later, "
        "on any device. Programs see results only for groups, never a single answer."
    )


def _taken_until(day: date, *, is_one_day: bool) -> str:
    text = f"{day.day} {day:%B} {day.year}"
    if is_one_day:
        return f"Answers are taken until {text}."
    return f"Some answers are taken until {text} only, others longer: the list says which."


WHO_ASKS = "The state's education department asks you."
CARE = "The link is meant for you alone; please do not pass it on."


def _text(invitation: Invitation) -> str:
    return (
        f"Good day,\n\n{_opening(invitation)}\n\n{invitation.link}\n\n{_closing(invitation)}\n\n{CARE}\n\n"
        f"To receive no further mail about surveys: {invitation.unsubscribe_link}\n"
    )


def _html(invitation: Invitation) -> str:
    link, unsubscribe = escape(invitation.link), escape(invitation.unsubscribe_link)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Survey</title></head>'
        f"<body><p>Good day,</p><p>{escape(_opening(invitation))}</p>"
        f'<p><a href="{link}">Open my forms</a></p><p>{link}</p>'
        f"<p>{escape(_closing(invitation))}</p><p>{CARE}</p>"
        f'<p><a href="{unsubscribe}">Receive no further mail about surveys</a></p></body></html>\n'
    )
