"""The licence that a page says its text is under.

By ``rel="license"`` (HTML), by schema.org's ``license``, by Dublin Core's terms, or by a link to Creative Commons in
its footer. A page that names several is not taken at any of them: pictures have licences of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.ingest.blocks_text import fold
from pipeline.ingest.web_find import linked_data
from pipeline.ingest.xml import Element

LONGEST_LICENCE = 200
"""Characters; what is longer is no name."""

_CREATIVE = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/(?:licen[sc]es/([a-z+-]+)/(\d\.\d)|publicdomain/(zero|mark)/(\d\.\d))",
    re.I,
)
_OF_A_PICTURE = ("figure", "figcaption", "picture", "aside")
_TERMS = "//meta[translate(@name,'DCTERMSLICN','dctermslicn')='dcterms.license' or @name='license']/@content"
_FOOT = re.compile(r"foot|licen[sc]e|copyright|colophon|impressum", re.I)


def licence_of(page: Element) -> str:
    """``CC BY-SA 4.0``, a name, or an address; empty when the page says none, or several."""
    for found in (_linked_data(page), _declared(page), _in_footer(page)):
        names = list(dict.fromkeys(filter(None, found)))
        if names:
            return names[0] if len(names) == 1 else ""
    return ""


def licence_name(written: str) -> str:
    """What a licence is called that is given by its address or by its name."""
    text = fold(written)
    if match := _CREATIVE.match(text):
        kind, version, public, number = match.groups()
        if public:
            return f"CC0 {number}" if public.lower() == "zero" else f"Public Domain Mark {number}"
        return f"CC {kind.upper()} {version}"
    return text if len(text) <= LONGEST_LICENCE else ""


def _linked_data(page: Element) -> Iterator[str]:
    for data in linked_data(page):
        kinds = data.get("@type")
        if any(str(kind).endswith(("Article", "Posting", "Report")) for kind in _listed(kinds)):
            for one in _listed(data.get("license")):
                said = one.get("url") or one.get("@id") or one.get("name") if isinstance(one, dict) else one
                if isinstance(said, str):
                    yield licence_name(said)


def _declared(page: Element) -> Iterator[str]:
    for link in page.iter("a", "link"):
        if "license" in (link.get("rel") or "").lower().split() and not _is_of_a_picture(link):
            yield _named(link)
    yield from (licence_name(str(said)) for said in page.xpath(_TERMS))


def _in_footer(page: Element) -> Iterator[str]:
    for link in page.iter("a"):
        if _CREATIVE.match(link.get("href") or "") and _stands_in_footer(link):
            yield _named(link)


def _named(link: Element) -> str:
    address = fold(link.get("href") or "")
    if _CREATIVE.match(address):
        return licence_name(address)
    said = licence_name(" ".join(link.itertext()))
    return said or (licence_name(address) if address.startswith(("http://", "https://")) else "")


def _is_of_a_picture(link: Element) -> bool:
    return any(above.tag in _OF_A_PICTURE for above in link.iterancestors())


def _stands_in_footer(link: Element) -> bool:
    return any(
        above.tag == "footer" or _FOOT.search(f"{above.get('id') or ''} {above.get('class') or ''}")
        for above in link.iterancestors()
        if above.tag not in ("body", "html")
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


__all__ = ["licence_name", "licence_of"]
