"""Files that hold web addresses instead of text: what browsers save, lists, and OPML.

They come from strangers: sizes are bounded, nothing is expanded or fetched, only http and https count.
"""

from __future__ import annotations

import configparser
import plistlib
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from pipeline.errors import SourceBroken, SourceEmpty, SourceError, SourceTooLarge
from pipeline.ingest.fetch import is_address
from pipeline.ingest.xml import Element, attribute, decode, local_name, parse_xml
from pipeline.limits import LINK_CHARACTERS, LINK_FILE_BYTES, LINKS


def is_link(name: str) -> bool:
    """Whether a file of that name holds one address."""
    return name.lower().endswith((".url", ".webloc"))


def is_list(name: str) -> bool:
    """Whether a file of that name holds any number of addresses."""
    low = name.lower()
    return low == "urls.txt" or low.endswith((".urls.txt", ".opml"))


def addresses_in(source: str) -> tuple[str, ...] | None:
    """The addresses that a file of links leads to; None for every other source. Raises ``SourceError``.

    A file is one by its name, and a plain text also if there is nothing but addresses in it.
    """
    path = Path(source).expanduser()
    name = path.name
    plain = path.suffix.lower() in (".txt", ".text") and not is_list(name)
    if is_address(source) or not (is_link(name) or is_list(name) or plain) or not path.is_file():
        return None
    with path.open("rb") as file:
        data = file.read(LINK_FILE_BYTES + 1)
    if plain and not _only_addresses(data):
        return None
    return read_links(source, data)


def _only_addresses(data: bytes) -> bool:
    if len(data) > LINK_FILE_BYTES or b"://" not in data.replace(b"\0", b"")[:LINK_CHARACTERS]:
        return False
    lines = [line for line in decode(data).split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return bool(lines) and all(re.fullmatch(r"\s*https?://\S+\s*", line) for line in lines)


def read_links(name: str, data: bytes) -> tuple[str, ...]:
    """The addresses in a file of that name, of pages and of feeds, each once. Raises ``SourceError``."""
    if len(data) > LINK_FILE_BYTES:
        raise SourceTooLarge(
            f"{name} is larger than {LINK_FILE_BYTES >> 20} MB, the most that is read of a file of links: split it."
        )
    suffix = PurePosixPath(name.lower()).suffix
    readers = {".url": _shortcut, ".webloc": _webloc, ".opml": _opml}
    found = readers.get(suffix, _lines)(name, data)
    addresses = tuple(dict.fromkeys(found))
    if len(addresses) > LINKS:
        raise SourceTooLarge(
            f"{name} has more than {LINKS} addresses, the most that are taken at once: split it."
        )
    if not addresses:
        raise SourceEmpty(f"{name} names no web address.")
    return addresses


def _shortcut(name: str, data: bytes) -> Sequence[str]:
    """``[InternetShortcut] URL=...``, as Windows and its browsers write it."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, delimiters=("=",))
    try:
        parser.read_string(decode(data))
        url = parser.get("InternetShortcut", "URL", fallback="")
    except configparser.Error as error:
        raise SourceBroken(f"{name} is no internet shortcut: it has no line URL=...") from error
    return [_address(name, url or "")]


def _webloc(name: str, data: bytes) -> Sequence[str]:
    """A property list with the key ``URL``, XML or binary, as macOS writes it."""
    try:
        found = plistlib.loads(data)
    except Exception as error:  # plistlib lets through what expat, base64 and struct raise
        raise SourceBroken(f"{name} is no web location: it cannot be read as a property list.") from error
    url = found.get("URL", "") if isinstance(found, dict) else ""
    return [_address(name, url if isinstance(url, str) else "")]


def _lines(name: str, data: bytes) -> Sequence[str]:
    """An address a line; empty lines and those that begin with # say nothing."""
    found = []
    for number, line in enumerate(decode(data).splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            found.append(_address(f"Line {number} of {name}", text))
    return found


def _opml(name: str, data: bytes) -> Sequence[str]:
    """Outlines of the type ``link`` are pages, those with ``xmlUrl`` feeds (opml.org, OPML 2.0)."""
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
    addresses = []
    for element in parsed.root.iter():
        if local_name(element) != "outline":
            continue
        if feed := attribute(element, "xmlUrl").strip():
            addresses.append(_address(name, feed))
        elif url := _linked(element):
            addresses.append(_address(name, url))
    return addresses


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


__all__ = ["addresses_in", "is_link", "is_list", "read_links"]
