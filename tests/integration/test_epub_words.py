"""No word of a real book is lost or said twice: narrated and skipped words are those of its documents.

The other reading is lxml's ``itertext`` over the documents of the spine, each once, white space where a block
ends or a link stands. Words are compared as bags.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import etree

from pipeline.ingest.blocks_kinds import word_set
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.epub import read_epub
from pipeline.model import Book, join_words
from pipeline.script.words import split_words
from pipeline.settings import ReadingSettings

pytestmark = pytest.mark.real

IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(f"[{IDEOGRAPH}]|[^\\W_{IDEOGRAPH}]+")
RUN = re.compile(f"[{IDEOGRAPH}]|[^\\s{IDEOGRAPH}]+")
UNSEEN = {"head", "script", "style", "rt", "rp", "audio", "video", "object"}
INLINE = word_set(
    "abbr b bdi bdo big cite code del dfn em font i img ins kbd mark q ruby rb s samp small span strong sub sup tt u"
    " var wbr"
)
LONG = 2_000_000
"""Bytes; a longer book has no more kinds of words than the others have."""
SPLIT = 0.0005
"""The share of words that markup divides inside (a page number, a link), so that the two readings count them
differently."""


def documents(path: Path) -> Iterator[Any]:
    """The bodies of the spine, each file once."""
    with zipfile.ZipFile(path) as archive:
        container = etree.fromstring(archive.read("META-INF/container.xml"))
        package = container.find(".//{*}rootfile").get("full-path")
        root = etree.fromstring(archive.read(package), etree.XMLParser(recover=True))
        files = {
            item.get("id"): posixpath.normpath(
                posixpath.join(posixpath.dirname(package), unquote(item.get("href").partition("#")[0]))
            )
            for item in root.iterfind(".//{*}manifest/{*}item")
        }
        for name in dict.fromkeys(files[ref.get("idref")] for ref in root.iterfind(".//{*}itemref")):
            data = archive.read(name).replace(b"&nbsp;", b"&#160;")
            body = etree.fromstring(data, etree.XMLParser(recover=True)).find("{*}body")
            if body is not None:
                yield body


def seen(element: Any) -> Iterator[str]:
    """The text of an element as it is shown, with spaces where a block or a link begins and ends."""
    tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if not tag or tag in UNSEEN:
        return
    own = "".join(element.itertext()).strip()
    number = own.isdecimal() and not any(e.tag.endswith("}sup") for e in (element, *element.iterancestors()))
    space = "" if tag in INLINE and not number else " "
    yield space + (element.text or "")
    for child in element:
        yield from seen(child)
        yield child.tail or ""
    yield space


def words(text: str) -> Counter[str]:
    # Raised digits are read from markup as characters: "m²".
    return Counter(WORD.findall(unicodedata.normalize("NFKC", fold(text))))


def runs(text: str) -> int:
    """Words as they are counted for ``skipped``: what stands between white space and has a letter or digit."""
    return sum(1 for run in RUN.findall(fold(text)) if re.search(r"\w", run))


@cache
def _read(path: Path, notes: str) -> Book:
    return read_epub(path, ReadingSettings(notes=notes), str(path), "0" * 64)


@cache
def _source(path: Path) -> str:
    return " ".join("".join(seen(body)) for body in documents(path))


def _books(samples: Path) -> list[Path]:
    found = sorted((samples / "epub").glob("*.epub"))
    assert found
    return found


@pytest.mark.parametrize("notes", ["skip", "inline"])
def test_no_word_is_said_twice_or_made_up(samples: Path, notes: str) -> None:
    for path in _books(samples):
        narrated = words("\n".join(chapter.text for chapter in _read(path, notes).chapters))
        source = words(_source(path))
        more = narrated - source
        assert more.total() <= 1 + SPLIT * source.total(), (path.name, more)


@pytest.mark.parametrize("notes", ["skip", "inline"])
def test_what_is_not_narrated_is_listed_as_skipped(samples: Path, notes: str) -> None:
    for path in _books(samples):
        book = _read(path, notes)
        narrated = runs("\n".join(chapter.text for chapter in book.chapters))
        # Descriptions of pictures are in attributes, which the other reading does not look at.
        skipped = sum(found.words for found in book.skipped if found.kind != "image")
        source = runs(_source(path))
        assert abs(source - narrated - skipped) <= 2 + SPLIT * source, (path.name, source, narrated, skipped)


def test_the_words_of_a_script_give_back_the_text(samples: Path) -> None:
    for path in _books(samples):
        if path.stat().st_size > LONG:
            continue
        book = _read(path, "skip")
        for chapter in book.chapters:
            for block in chapter.blocks:
                language = block.language or book.metadata.language
                found = split_words(block.text, language)
                assert join_words(found) == " ".join(block.text.split())
