"""W3C Pronunciation Lexicon Specification 1.0 (https://www.w3.org/TR/pronunciation-lexicon/).

Of a lexeme each ``grapheme`` becomes an entry; the ``phoneme`` and ``alias`` that are taken are those with
``prefer="true"``, else the first. ``role`` and ``example`` say nothing that could be used here.
"""

from __future__ import annotations

import re
from typing import Any

from pipeline.errors import LexiconError, SourceError
from pipeline.script.lexicon.entry import Entry

NAMESPACE = "http://www.w3.org/2005/01/pronunciation-lexicon"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ROOT = re.compile(rb"<(?:[\w.-]+:)?lexicon[\s>]")


def is_pls(data: bytes) -> bool:
    """Whether the bytes are meant as a pronunciation lexicon, not as TOML."""
    start = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<") and bool(_ROOT.search(start))


def read_pls(data: bytes, origin: str) -> list[Entry]:
    """The entries of a lexicon. Raises ``LexiconError``."""
    from pipeline.ingest.xml import parse_xml
    from pipeline.script.lexicon.files import made

    try:
        parsed = parse_xml(data, origin)
    except SourceError as error:
        raise LexiconError(f"The lexicon {origin} is not XML that can be read: {error}") from error
    root = parsed.root
    if parsed.repaired or _name(root) != "lexicon":
        raise LexiconError(f"The lexicon {origin} is not well-formed PLS: make it valid first.")
    language = root.get(_XML_LANG, "").strip()
    alphabet = root.get("alphabet", "").strip()
    entries: list[Entry] = []
    for lexeme in root:
        if _name(lexeme) != "lexeme":
            continue
        where = f"{origin}, line {lexeme.sourceline}"
        sound, alias = _preferred(lexeme, "phoneme"), _preferred(lexeme, "alias")
        say = _text(alias)
        ipa = _text(sound)
        used = sound.get("alphabet", alphabet).strip() if sound is not None else "ipa"
        if used.lower() != "ipa":
            if not say:
                raise LexiconError(
                    f"{where}: a phoneme is written in the alphabet {used!r}, but only ipa is read: convert it, or "
                    "give the lexeme an alias."
                )
            ipa = ""
        words = [_text(one) for one in lexeme if _name(one) == "grapheme"]
        if not words:
            raise LexiconError(f"{where}: a lexeme has no grapheme.")
        lists = {"languages": (language,)} if language else {}
        entries += [made(word, say, ipa, where, lists=lists) for word in words]
    return entries


def _preferred(lexeme: Any, name: str) -> Any:
    found = [one for one in lexeme if _name(one) == name]
    return next((one for one in found if one.get("prefer") == "true"), found[0] if found else None)


def _text(element: Any) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _name(element: Any) -> str:
    """Of an element, without its namespace; empty for comments."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
