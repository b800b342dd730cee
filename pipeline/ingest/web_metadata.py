"""What a page says about itself: title, authors, date, site, language."""

from __future__ import annotations

import re
from typing import Any

from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element
from pipeline.model import Metadata

LONGEST_NAME = 80
"""Characters of an author's name; what is longer is something else."""

_NO_NAME = re.compile(
    r"https?:|@|\d{3}|^(?:admin|editor|staff|guest|unknown|webmaster|redaktion|author)$", re.I
)
_SAVED_FROM = re.compile(r"^\s*saved from url=\(\d+\)(\S+)", re.I)


def metadata_of(document: Any, page: Element) -> Metadata:
    """From trafilatura's ``Document`` and the page."""
    site = document.sitename or document.hostname or ""
    title = fold(document.title or "")
    return Metadata(
        title=_without_site(title, site, page),
        authors=tuple(
            dict.fromkeys(name for part in (document.author or "").split(";") if (name := _name(part)))
        ),
        language=declared_language(page),
        identifier=document.url or "",
        publisher=fold(site),
        published=document.date or "",
        description=fold(document.description or ""),
        subjects=tuple(dict.fromkeys([*(document.categories or ()), *(document.tags or ())])),
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


def _name(text: str) -> str:
    name = re.sub(r"^(?:by|von|par|por|di|автор:?)\s+", "", fold(text), flags=re.I)
    return "" if len(name) > LONGEST_NAME or _NO_NAME.search(name) else name


def _without_site(title: str, site: str, page: Element) -> str:
    """The title without the site's name after it, as browsers show it in a tab: "Article | Site"."""
    headings = [fold("".join(heading.itertext())) for heading in page.iter("h1")]
    for name in sorted(filter(None, headings), key=len, reverse=True):
        if re.fullmatch(rf"{re.escape(name)} ?[|–—:·»-] .+", title, re.I):
            return name
    match = re.fullmatch(r"(.+) [|–—·»-] ([^|–—·»]+)", title)
    return match[1] if match and same_title(match[2], site) else title


def same_title(text: str, title: str) -> bool:
    """Whether a text says the title, up to punctuation and a few words more or less."""
    one, other = sorted((re.sub(r"\W+", "", t).casefold() for t in (text, title)), key=len)
    return bool(one) and (one == other or (one in other and len(other) < 1.5 * len(one)))


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


__all__ = ["address_of", "declared_language", "metadata_of", "same_title"]
