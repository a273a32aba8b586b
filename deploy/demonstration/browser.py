"""A browser without JavaScript, for one person: follows links, fills in forms, keeps cookies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

Fields = dict[str, str]


class PageNotUnderstood(Exception):
    """The page is not what a person would have expected there."""


@dataclass(slots=True)
class Form:
    """A form of a page. `choices`: radio group → values in the order shown; `buttons`: (name, value) pairs to press."""

    action: str
    method: str
    fields: Fields = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    links: tuple[str, ...]
    forms: tuple[Form, ...]
    text: str

    def form_to(self, ending: str) -> Form:
        """The form whose address ends like this."""
        for form in self.forms:
            if urlsplit(form.action).path.endswith(ending):
                return form
        raise PageNotUnderstood(f"There is no form to {ending} on {urlsplit(self.url).path}.")


class Browser:
    """One person's browser; close the client that it is given."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def open(self, url: str) -> Page:
        return self._shown(await self._client.get(url, headers={"Accept": "text/html"}, follow_redirects=True))

    async def press(self, page: Page, form: Form, answers: Mapping[str, str], button: tuple[str, str] | None) -> Page:
        """Send a form in by one of its buttons, as a browser does: from the page's own origin."""
        sent = {**form.fields, **answers}
        if button is not None and button[0]:
            sent[button[0]] = button[1]
        parts = urlsplit(page.url)
        headers = {
            "Accept": "text/html",
            "Origin": f"{parts.scheme}://{parts.netloc}",
            "Referer": page.url,
            "Sec-Fetch-Site": "same-origin",
        }
        if form.method == "get":
            answer = await self._client.get(form.action, params=sent, headers=headers, follow_redirects=True)
        else:
            answer = await self._client.post(form.action, data=sent, headers=headers, follow_redirects=True)
        return self._shown(answer)

    @staticmethod
    def _shown(answer: httpx.Response) -> Page:
        if answer.is_error:
            raise PageNotUnderstood(f"{answer.request.method} {answer.url.path} answered {answer.status_code}.")
        return read_page(str(answer.url), answer.text)


def read_page(url: str, html: str) -> Page:
    """What of a page a person can act on."""
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return Page(url, tuple(dict.fromkeys(reader.links)), tuple(reader.forms), " ".join("".join(reader.text).split()))


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self._url, given["href"]))
        elif tag == "form":
            self._form = Form(urljoin(self._url, given.get("action", "")), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "button", "textarea"):
            self._add_part(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @staticmethod
    def _add_part(form: Form, tag: str, given: Fields) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        kind = given.get("type", "submit" if tag == "button" else "text").lower()
        if tag == "textarea":
            form.texts.append(name)
            form.fields[name] = ""
        elif kind == "submit":
            form.buttons.append((name, value))
        elif kind == "radio":
            form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.fields[name] = value
        elif kind != "checkbox" or "checked" in given:
            form.fields[name] = value
