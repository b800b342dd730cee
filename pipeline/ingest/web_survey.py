"""What a web page is not whole without: the next part of its article, and its lead picture.

This runs in the sandbox and only names addresses; ``gather`` fetches them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from pipeline.errors import SourceError
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.request import Survey
from pipeline.ingest.web import decode, parse_page
from pipeline.ingest.web_address import Numbered, numbered
from pipeline.ingest.web_find import linked_data
from pipeline.ingest.xml import Element
from pipeline.settings import ReadingSettings

PICTURES = 3
"""Candidates for the cover that are named."""
SMALL = 200
"""Pixels; a picture in the page that says that it is smaller is none."""

_NEXT = re.compile(
    r"^\W*(?:next(?: page| part)?|continue(?: reading)?|weiter|nächste(?: seite| teil)?|(?:page )?suivante?|"
    r"(?:página )?siguiente|próxima(?: página)?|(?:pagina )?successiva|avanti|volgende(?: pagina)?|"
    r"następna(?: strona)?|nästa(?: sida)?|neste|næste|далее|дальше|следующая(?: страница| часть)?|"
    r"下一页|下一頁|下页|次へ|次のページ|다음)\W*$",
    re.I,
)
_NO_PICTURE = re.compile(r"(?:^|[^a-z])(?:logo|default|placeholder|avatar|gravatar|icons?|favicon|sprite|blank|pixel|"
                         r"spacer|badge|button)(?:[^a-z]|$)", re.I)  # fmt: skip
_COMMENTS = re.compile(r"comment|disqus|respond|reply", re.I)


def survey_page(path: Path, settings: ReadingSettings, uri: str, sha256: str, charset: str = "") -> Survey:
    """Look for the next part and for pictures; a page that cannot be read needs nothing (its reader will say why)."""
    del settings, sha256
    try:
        page = parse_page(decode(path.read_bytes(), uri, charset)[0], uri)
    except SourceError:
        return Survey()
    if not uri.startswith(("http://", "https://")):
        return Survey(pictures=tuple(_local_pictures(page))[:PICTURES])
    base = _base(page, uri)
    pictures = dict.fromkeys(urljoin(base, written) for written in lead_pictures(page))
    fit = (p for p in pictures if p.startswith(("http://", "https://")) and _may_be_lead(p))
    return Survey(tuple(next_parts(page, base)), tuple(fit)[:PICTURES])


# -- the next part ---------------------------------------------------------------------------------------


def next_parts(page: Element, base: str) -> list[str]:
    """The addresses that links call a next page, by ``rel=next``, by its number, or by a word like "Next".

    Whether one of them is of the same article only its address can tell (``web_address``).
    """
    found = []
    for link in (e for e in page.iter("a", "link") if e.get("href")):
        target = urljoin(base, link.get("href").strip()).partition("#")[0]
        numbers = [one for one in numbered(target) if _says_next(link, one)]
        if numbers and not _is_in_comments(link):
            found.append(target)
    return list(dict.fromkeys(found))


def _says_next(link: Element, target: Numbered) -> bool:
    if "next" in (link.get("rel") or "").lower().split():
        return True
    said = [fold("".join(link.itertext())), link.get("title") or "", link.get("aria-label") or ""]
    number = re.compile(rf"(?:^|\D){target.number}(?:\D|$)")
    if target.number > 1 and any(len(one) < 40 and number.search(one) for one in said):
        return True
    # A number behind the name may be that of another article of this name.
    return target.worded and any(_NEXT.match(one) for one in said)


def _is_in_comments(link: Element) -> bool:
    around = (link, *link.iterancestors())
    return any(
        _COMMENTS.search(f"{e.get('class') or ''} {e.get('id') or ''}") is not None
        for e in around
        if e.tag not in ("html", "body")
    )


# -- pictures --------------------------------------------------------------------------------------------


def lead_pictures(page: Element) -> Iterator[str]:
    """What the page names as its picture, then the larger ones in its article; as written."""
    for name in ("og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src"):
        yield from page.xpath("//meta[@property=$n or @name=$n]/@content", n=name)
    for data in linked_data(page):
        yield from _named_images(data.get("image"))
    yield from page.xpath("//link[@rel='image_src']/@href")
    yield from (str(image.get("src")) for image in _images(page))


def _named_images(value: Any) -> Iterator[str]:
    """schema.org's ``image``: an address, an object that has one, or a list of those."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _named_images(value.get("url") or value.get("contentUrl"))
    elif isinstance(value, list):
        for one in value[:PICTURES]:
            yield from _named_images(one)


def _images(page: Element) -> Iterator[Element]:
    """Pictures in the article that are not said to be small."""
    for image in page.xpath("//article//img[@src] | //main//img[@src] | //figure//img[@src]"):
        sizes = [re.match(r"\d+", image.get(name) or "") for name in ("width", "height")]
        if not any(size and int(size[0]) < SMALL for size in sizes):
            yield image


def _local_pictures(page: Element) -> Iterator[str]:
    """Paths beside a saved page: first the one that it names as its lead picture, by the file's name."""
    own = [str(image.get("src")) for image in _images(page)] or [str(s) for s in page.xpath("//img/@src")]
    paths = [unquote(p) for p in own if not re.match(r"[a-z][a-z0-9+.-]*:|//", p, re.I) and _may_be_lead(p)]
    lead = {unquote(urlsplit(a).path).rpartition("/")[2] for a in lead_pictures(page) if "://" in a}
    yield from dict.fromkeys(sorted(paths, key=lambda p: p.rpartition("/")[2] not in lead))


def _may_be_lead(address: str) -> bool:
    name = unquote(urlsplit(address).path).rpartition("/")[2]
    return not name.lower().endswith((".svg", ".gif", ".ico")) and not _NO_PICTURE.search(name)


def _base(page: Element, uri: str) -> str:
    return urljoin(uri, str(next(iter(page.xpath("//base/@href")), "")).strip())


__all__ = ["lead_pictures", "next_parts", "survey_page"]
