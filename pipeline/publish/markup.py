"""Text on its way into HTML and XML."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from urllib.parse import quote, urlsplit

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What cannot stand in XML 1.0 at all, not even escaped (section 2.2 of the recommendation)."""
_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f-\x9f\s]")
_RIGHT_TO_LEFT = frozenset("ar arc azb ckb dv fa glk he iw ji ks mzn nqo pnb ps sd syr ug ur yi".split())
"""Languages that are written from right to left where the tag names no script (CLDR, character order)."""
_SCRIPTS = frozenset("adlm arab hebr mand nkoo rohg samr syrc thaa".split())


def written(text: str) -> str:
    """``text`` as the content of an element, or of an attribute in quotation marks, of XML or HTML."""
    return escape(_NOT_XML.sub("\ufffd", text))


def web_address(link: str) -> str:
    """``link`` where a page may lead everybody there; empty for scripts, files and all else.

    That is http or https, with a host, and without a name and password in it. Characters beyond ASCII are quoted.
    """
    link = link.strip()
    try:
        parts = urlsplit(link)
        _ = parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return ""
    if _NOT_IN_ADDRESSES.search(link):
        return ""
    return link if link.isascii() else quote(link, safe="%/:=&?~#+!$,;'@()*[]", errors="replace")


def source_hash(text: str) -> str:
    """How a Content-Security-Policy names a style or a script that stands in the page (CSP Level 3)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def direction(language: str) -> str:
    """``rtl`` or ``ltr``, for a BCP 47 tag."""
    first, *others = language.lower().replace("_", "-").split("-")
    scripts = [part for part in others if len(part) == 4 and part.isalpha()]
    right = scripts[0] in _SCRIPTS if scripts else first in _RIGHT_TO_LEFT
    return "rtl" if right else "ltr"
