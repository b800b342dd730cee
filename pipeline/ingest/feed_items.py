"""RSS, Atom and JSON Feed as items, by feedparser; what they declare is cut off before it sees them."""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin
from xml.sax import SAXException

from pipeline.errors import SourceBroken, SourceEmpty
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.web_units import tokens_of
from pipeline.ingest.xml import without_doctype

WHOLE_TOKENS = 120
"""A description of as many tokens is taken for the whole text; a ``content`` of a third of that."""

_TRUNCATED = re.compile(
    r"(?:\[?(?:…|\.\.\.|&hellip;|&#8230;)\]?|(?:read|continue|more|weiterlesen|lire la suite|leer más|leia mais|"
    r"читать (?:далее|полностью)|阅读(?:更多|全文)|続きを読む)[^.!?]{0,40})\W*$",
    re.I,
)
_TAG = re.compile(r"<[^>]*>")
_LOOKS_LIKE_HTML = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|&[a-z]+;|&#\d+;", re.I)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed."""

    title: str
    link: str
    html: str
    """What the feed holds of its text."""
    whole: bool
    """Whether that is all of it, as far as one can see."""
    published: datetime | None = None
    author: str = ""
    id: str = ""
    """As the feed names it (``guid``, ``id``)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed, its items as it lists them."""

    title: str
    items: tuple[Item, ...]
    author: str = ""
    link: str = ""
    language: str = ""
    description: str = ""
    picture: str = ""
    damaged: bool = False
    """Whether it breaks off, or is not well-formed: items may be missing."""

    def latest(self, number: int) -> list[Item]:
        """The newest ``number`` of items, the newest last; without dates, what is listed first is the newest."""
        items = list(dict.fromkeys(self.items))
        if all(item.published for item in items):
            items.sort(key=lambda item: item.published or datetime.min.replace(tzinfo=UTC), reverse=True)
        return items[:number][::-1]


def read_items(data: bytes, uri: str, address: str = "", charset: str = "") -> Feed:
    """The feed in ``data``; links are resolved against ``address``.

    Raises ``SourceBroken`` when it is none, ``SourceEmpty`` when it has no items.
    """
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        feed = _json(data, uri, address)
    else:
        feed = _xml(data, uri, address, charset)
    if not feed.items:
        raise SourceEmpty(f"{uri} is a feed without items: there is nothing to read in it yet.")
    return feed


def _xml(data: bytes, uri: str, address: str, charset: str) -> Feed:
    import feedparser

    head = data[:200]
    if charset and b"encoding" not in head and b"\0" not in head:
        try:
            data = data.decode(charset, "replace").encode()
        except LookupError:
            charset = ""
    text = without_doctype(data)
    headers = {"content-type": "application/xml; charset=utf-8"} | (
        {"content-location": address} if address else {}
    )
    found = feedparser.parse(BytesIO(text.encode("utf-8", "replace")), response_headers=headers)
    if not found.get("version") and not found.entries:
        raise SourceBroken(f"{uri} cannot be read as a feed: it may be damaged.")
    about = found.feed
    return Feed(
        title=_line(about.get("title")),
        items=tuple(_entry(one) for one in found.entries),
        author=_line(about.get("author")),
        link=str(about.get("link") or ""),
        language=str(about.get("language") or ""),
        description=_line(about.get("subtitle")),
        picture=str((about.get("image") or {}).get("href") or about.get("logo") or ""),
        damaged=isinstance(found.get("bozo_exception"), SAXException),
    )


def _entry(one: Mapping[str, Any]) -> Item:
    contents = [str(c.get("value") or "") for c in one.get("content") or () if c.get("value")]
    content = max(contents, key=len, default="")
    summary = str(one.get("summary") or "")
    held = content if len(content) >= len(summary) else summary
    stamp = one.get("published_parsed") or one.get("updated_parsed")
    return Item(
        title=_line(one.get("title")),
        link=str(one.get("link") or ""),
        html=held,
        whole=_is_whole(held, has_content=bool(content)),
        published=_moment(stamp),
        author=_line(one.get("author")),
        id=str(one.get("id") or ""),
    )


def _moment(stamp: Sequence[int] | None) -> datetime | None:
    try:
        return datetime(*stamp[:6], tzinfo=UTC) if stamp else None  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def _json(data: bytes, uri: str, address: str) -> Feed:
    """JSON Feed 1 and 1.1 (jsonfeed.org), which feedparser does not read."""
    try:
        found = json.loads(data)
        listed = found["items"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceBroken(f"{uri} cannot be read as a feed: it may be damaged.") from error
    return Feed(
        title=_line(found.get("title")),
        items=tuple(_json_item(one, address) for one in listed if isinstance(one, dict))
        if isinstance(listed, list)
        else (),
        author=_names(found),
        link=_address(found.get("home_page_url"), address),
        language=str(found.get("language") or ""),
        description=_line(found.get("description")),
        picture=_address(found.get("icon"), address),
    )


def _json_item(one: Mapping[str, Any], address: str) -> Item:
    text, html = one.get("content_text"), one.get("content_html")
    held = str(html) if html else _paragraphs(str(text or one.get("summary") or ""))
    return Item(
        title=_line(one.get("title")),
        link=_address(one.get("url") or one.get("external_url"), address),
        html=held,
        whole=_is_whole(held, has_content=bool(html or text)),
        published=_iso(one.get("date_published") or one.get("date_modified")),
        author=_names(one),
        id=str(one.get("id") or ""),
    )


def _iso(written: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _names(one: Mapping[str, Any]) -> str:
    listed = one.get("authors") or [one.get("author")]
    people: Iterable[Any] = listed if isinstance(listed, list) else ()
    return "; ".join(_line(p.get("name")) for p in people if isinstance(p, dict) and p.get("name"))


def _address(written: Any, base: str) -> str:
    return urljoin(base, str(written)) if written else ""


def _is_whole(held: str, *, has_content: bool) -> bool:
    text = entities.unescape(_TAG.sub(" ", held))
    tokens = len(tokens_of(text))
    return tokens >= WHOLE_TOKENS // (3 if has_content else 1) and not _TRUNCATED.search(text.rstrip())


def as_html(held: str) -> str:
    """What a feed holds of an item as HTML: some hold plain text."""
    return held if _LOOKS_LIKE_HTML.search(held) else _paragraphs(held)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{entities.escape(part)}</p>" for part in re.split(r"\n\s*\n", text) if part.strip())


def _line(written: Any) -> str:
    """A title or a name without the tags that some put into it."""
    text = str(written or "")
    return fold(entities.unescape(_TAG.sub("", text)))


__all__ = ["Feed", "Item", "as_html", "read_items"]
