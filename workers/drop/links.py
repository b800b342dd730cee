"""Files that hold web addresses instead of text: what browsers save, lists, and OPML.

They come from strangers: sizes are bounded, nothing is expanded or fetched, only http and https count.
"""

from __future__ import annotations

import configparser
import plistlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pipeline.errors import SourceBroken, SourceEmpty, SourceError, SourceTooLarge
from pipeline.ingest.xml import Element, attribute, decode, local_name, parse_xml
from pipeline.limits import LINK_CHARACTERS, LINK_FILE_BYTES, LINKS

FEEDS_UNREAD = "feeds cannot be followed yet"


@dataclass(frozen=True, slots=True)
class Links:
    """What such a file leads to."""

    addresses: tuple[str, ...]
    feeds: tuple[str, ...] = ()
    """Feeds that it names, which nobody follows yet."""


def is_link(name: str) -> bool:
    """Whether a file of that name holds one address."""
    return name.lower().endswith((".url", ".webloc"))


def is_list(name: str) -> bool:
    """Whether a file of that name holds any number of addresses."""
    low = name.lower()
    return low == "urls.txt" or low.endswith((".urls.txt", ".opml"))


def read_links(name: str, data: bytes) -> Links:
    """The addresses in a file of that name, each once. Raises ``SourceError``."""
    if len(data) > LINK_FILE_BYTES:
        raise SourceTooLarge(
            f"{name} is larger than {LINK_FILE_BYTES >> 20} MB, the most that is read of a file of links: split it."
        )
    suffix = PurePosixPath(name.lower()).suffix
    readers = {".url": _shortcut, ".webloc": _webloc, ".opml": _opml}
    found = readers.get(suffix, _lines)(name, data)
    addresses = tuple(dict.fromkeys(found.addresses))
    if len(addresses) > LINKS:
        raise SourceTooLarge(
            f"{name} has more than {LINKS} addresses, the most that are taken at once: split it."
        )
    if not addresses and not found.feeds:
        raise SourceEmpty(f"{name} names no web address.")
    return Links(addresses, tuple(dict.fromkeys(found.feeds)))


def _shortcut(name: str, data: bytes) -> Links:
    """``[InternetShortcut] URL=...``, as Windows and its browsers write it."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, delimiters=("=",))
    try:
        parser.read_string(decode(data))
        url = parser.get("InternetShortcut", "URL", fallback="")
    except configparser.Error as error:
        raise SourceBroken(f"{name} is no internet shortcut: it has no line URL=...") from error
    return Links((_address(name, url or ""),))


def _webloc(name: str, data: bytes) -> Links:
    """A property list with the key ``URL``, XML or binary, as macOS writes it."""
    try:
        found = plistlib.loads(data)
    except Exception as error:  # plistlib lets through what expat, base64 and struct raise
        raise SourceBroken(f"{name} is no web location: it cannot be read as a property list.") from error
    url = found.get("URL", "") if isinstance(found, dict) else ""
    return Links((_address(name, url if isinstance(url, str) else ""),))


def _lines(name: str, data: bytes) -> Links:
    """An address a line; empty lines and those that begin with # say nothing."""
    found = []
    for number, line in enumerate(decode(data).splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            found.append(_address(f"Line {number} of {name}", text))
    return Links(tuple(found))


def _opml(name: str, data: bytes) -> Links:
    """Outlines of the type ``link`` are addresses, those with ``xmlUrl`` feeds (opml.org, OPML 2.0)."""
    try:
        parsed = parse_xml(data, name)
    except SourceTooLarge as error:
        raise SourceTooLarge(
            f"{name} has more elements, or nests them deeper, than any list of links."
        ) from error
    except SourceError as error:
        raise SourceBroken(f"{name} is named like an OPML file, but cannot be read as XML.") from error
    if local_name(parsed.root) != "opml":
        raise SourceBroken(f"{name} is named like an OPML file, but is something else.")
    addresses, feeds = [], []
    for element in parsed.root.iter():
        if local_name(element) != "outline":
            continue
        if feed := attribute(element, "xmlUrl").strip():
            feeds.append(feed)
        elif url := _linked(element):
            addresses.append(_address(name, url))
    return Links(tuple(addresses), tuple(feeds))


def _linked(outline: Element) -> str:
    kind = attribute(outline, "type").strip().lower()
    return attribute(outline, "url").strip() if kind in ("link", "") else ""


def _address(where: str, text: str) -> str:
    url = text.strip()
    if not url:
        raise SourceBroken(f"{where} names no web address.")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or len(url) > LINK_CHARACTERS or any(c.isspace() or not c.isprintable() for c in url):
        raise SourceBroken(f"{where} has {url[:80]!r}, which is no http:// or https:// address.")
    return url


__all__ = ["FEEDS_UNREAD", "Links", "SourceError", "is_link", "is_list", "read_links"]
