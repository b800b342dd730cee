"""What a page says about itself: title, authors, date, site, address, licence, language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from pipeline.compose.titles import same_title
from pipeline.ingest.blocks_kinds import word_set
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.web_find import linked_data
from pipeline.ingest.web_licence import licence_of
from pipeline.ingest.xml import Element
from pipeline.model import Metadata

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
LONGEST_NAME = 80
NAME_WORDS = 7
"""Characters and words of an author's name; what is longer is something else."""

_NO_NAME = re.compile(
    r"https?:|@|\d{3}|^(?:admin|editor|staff|guest|unknown|webmaster|redaktion|author)$", re.I
)
_BY = re.compile(r"^(?:(?:written |posted |reported )?by|von|par|por|di|автор|текст)\b[\s:]*", re.I)
_SEVERAL = re.compile(r"\s*(?:;|\s&\s|\s(?:and|und|et|y|и)\s)\s*")
_NOT_OF_NAMES = word_set(
    """published updated posted last modified on at by monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december montag dienstag mittwoch
    donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember"""
)
_SAVED_FROM = re.compile(r"^\s*saved from url=\(\d+\)(\S+)", re.I)


def metadata_of(document: Any, page: Element, address: str = "") -> Metadata:
    """From trafilatura's ``Document`` and the page, which lies at ``address``."""
    site = document.sitename or document.hostname or ""
    title = fold(document.title or "")
    return Metadata(
        title=_without_site(title, site, page),
        authors=tuple(_authors(page, document.author or "", site)),
        language=declared_language(page),
        identifier=document.url or "",
        publisher=fold(site),
        published=document.date or "",
        description=fold(document.description or ""),
        subjects=tuple(dict.fromkeys([*(document.categories or ()), *(document.tags or ())])),
        site=fold(site),
        link=next((a for a in (document.url or "", address) if a.startswith(("http://", "https://"))), ""),
        licence=licence_of(page),
    )


def address_of(page: Element, uri: str) -> str:
    """Where the page is on the web: ``uri`` itself, or what a saved page says of itself; empty if it does not."""
    if uri.startswith(("http://", "https://")):
        return uri
    found = [_SAVED_FROM.match(comment.text or "") for comment in page.xpath("//comment()")[:20]]
    written = [match[1] for match in found if match]
    written += page.xpath("//link[@rel='canonical']/@href") + page.xpath(
        "//meta[@property='og:url']/@content"
    )
    return next((str(a).strip() for a in written if str(a).strip().startswith(("http://", "https://"))), "")


def feed_of(page: Element, address: str) -> str:
    """The address of the feed that a page names as its own; empty when it names none."""
    for link in page.iter("link"):
        if link.get("rel", "").lower() == "alternate" and link.get("type", "").lower() in FEED_TYPES:
            found = urljoin(address, str(link.get("href", "")).strip())
            if found.startswith(("http://", "https://")):
                return found
    return ""


def _authors(page: Element, found: str, site: str) -> list[str]:
    """Who wrote it, by linked data, by ``<meta>``, or by trafilatura's reading: the first that names somebody.

    The site itself is named only where nobody else is.
    """
    articles = [data for data in linked_data(page) if _is_article(data)]
    linked = [name for data in articles for name in _people(data.get("author"))]
    metas = page.xpath(
        "//meta[translate(@name,'AUTHOR','author')='author' or @property='article:author']/@content"
    )
    institution: list[str] = []
    for written in (linked, [str(one) for one in metas], found.split(";")):
        parts = [part for one in written for part in _SEVERAL.split(fold(one))]
        names = list(dict.fromkeys(name for part in parts if (name := _name(part, site))))
        if any(not same_title(name, site) for name in names):
            return names
        institution = institution or names
    return institution


def _is_article(data: Mapping[str, Any]) -> bool:
    kinds = data.get("@type")
    return any(str(kind).endswith(("Article", "Posting", "Report", "Review")) for kind in _listed(kinds))


def _people(value: Any) -> Iterator[str]:
    """schema.org's ``author``: a name, a person that has one, or a list of those."""
    for one in _listed(value):
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from (name for name in _listed(one.get("name")) if isinstance(name, str))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _name(text: str, site: str) -> str:
    """A name without what stands around it on the page; empty for what is none."""
    words = _BY.sub("", fold(text)).split()
    while words and words[-1].casefold().strip(",.:") in _NOT_OF_NAMES:
        words.pop()
    name = " ".join(words).strip(" ,;|")
    if site and len(name) > len(site) and name.casefold().endswith(f" {site.casefold()}"):
        name = name[: -len(site)].strip(" ,;|–-")
    if len(name) > LONGEST_NAME or len(name.split()) > NAME_WORDS or _NO_NAME.search(name):
        return ""
    return "" if name.casefold() in _NOT_OF_NAMES else name


def _without_site(title: str, site: str, page: Element) -> str:
    """The title without the site's name after it, as browsers show it in a tab: "Article | Site"."""
    headings = [fold("".join(heading.itertext())) for heading in page.iter("h1")]
    for name in sorted(filter(None, headings), key=len, reverse=True):
        if re.fullmatch(rf"{re.escape(name)} ?[|–—:·»-] .+", title, re.I):
            return name
    if site and (before := re.match(rf"{re.escape(site)}\s*[|:–—·»-]\s+(?=\S.{{10}})", title, re.I)):
        return title[before.end() :]
    match = re.fullmatch(r"(.+) [|–—·»-] ([^|–—·»]+)", title)
    return match[1] if match and same_title(match[2], site) else title


def declared_language(page: Element) -> str:
    """The page's language as it says itself, as written; empty when it does not."""
    named = page.get("lang") or page.get("{http://www.w3.org/XML/1998/namespace}lang") or page.get("xml:lang")
    metas = (
        "//meta[translate(@http-equiv,'CL','cl')='content-language']/@content",
        "//meta[@property='og:locale']/@content",
    )
    for found in (named, *(next(iter(page.xpath(path)), "") for path in metas)):
        if found and found.strip():
            return str(found).split(",")[0].strip()
    return ""


__all__ = ["address_of", "declared_language", "feed_of", "metadata_of", "same_title"]
