"""The sample books: built the same every time, and as their truth file says."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from PIL import Image
from pypdf import PdfReader

from samples.build import HERE, LANGUAGES, build_all

XHTML = {"h": "http://www.w3.org/1999/xhtml", "e": "http://www.idpf.org/2007/ops"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build_all(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return dict(json.loads((HERE / "en" / "truth.json").read_text(encoding="utf-8")))


def documents(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return {
            Path(name).name: etree.fromstring(archive.read(name))
            for name in archive.namelist()
            if name.endswith(".xhtml")
        }


def count(path: Path, xpath: str) -> int:
    return sum(len(document.xpath(xpath, namespaces=XHTML)) for document in documents(path).values())


def test_building_twice_gives_the_same_bytes(built: dict[str, Path], tmp_path: Path) -> None:
    again = build_all(tmp_path)
    assert set(again) == {*LANGUAGES, "pdf", "article"}
    assert {name: path.read_bytes() for name, path in again.items()} == {
        name: path.read_bytes() for name, path in built.items()
    }


def test_the_contents_are_those_of_the_truth_file(built: dict[str, Path], truth: dict[str, Any]) -> None:
    nav = documents(built["en"])["nav.xhtml"].xpath("//h:nav[@e:type='toc']", namespaces=XHTML)[0]
    listed = [
        {"title": link.text, "level": len(link.xpath("ancestor::h:ol", namespaces=XHTML))}
        for link in nav.iterfind(".//h:a", XHTML)
    ]
    assert listed == [{"title": entry["title"], "level": entry["level"]} for entry in truth["contents"]]


def test_what_is_left_out_is_in_the_book_to_be_left_out(
    built: dict[str, Path], truth: dict[str, Any]
) -> None:
    book = built["en"]
    found = {
        "note": count(book, "//h:li[@e:type='endnote']"),
        "note-reference": count(book, "//h:a[@e:type='noteref']"),
        "table": count(book, "//h:table"),
        "code": count(book, "//h:pre"),
        "copyright": count(book, "//h:section[@e:type='copyright-page']"),
    }
    assert found == truth["skipped"]
    text = "".join("".join(document.itertext()) for document in documents(book).values())
    for phrase in [*truth["never_narrated"], truth["first_sentence"], truth["last_caption"]]:
        assert phrase in text
    assert count(book, "//h:blockquote[@class='verse']/h:p") == truth["verse"]["stanzas"]
    breaks = count(book, "//h:blockquote[@class='verse']//h:br")
    assert breaks + truth["verse"]["stanzas"] == truth["verse"]["lines"]


def test_notes_and_references_point_at_each_other(built: dict[str, Path]) -> None:
    pages = documents(built["en"])
    links = [
        (name, link.get("id"), link.get("href"))
        for name, page in pages.items()
        for link in page.xpath("//h:a[@role='doc-noteref' or @role='doc-backlink']", namespaces=XHTML)
    ]
    assert len(links) == 6
    for _, _, href in links:
        page, fragment = href.split("#")
        assert pages[page].xpath(f"//*[@id='{fragment}']")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_can_be_opened_and_has_a_description(built: dict[str, Path], language: str) -> None:
    with zipfile.ZipFile(built[language]) as archive:
        names = [name for name in archive.namelist() if "/images/" in name]
        for name in names:
            Image.open(io.BytesIO(archive.read(name))).load()
    assert "EPUB/images/cover.jpg" in names
    assert count(built[language], "//h:img") == count(built[language], "//h:img[string-length(@alt) > 10]")


@pytest.mark.parametrize("made", [True, False])
def test_the_pdf_has_the_outline_and_the_text_of_the_book(
    built: dict[str, Path], truth: dict[str, Any], made: bool
) -> None:
    reader = PdfReader(built["pdf"] if made else HERE / "en" / "lighthouse.pdf")

    def titles(entries: list[Any], level: int = 1) -> list[tuple[str, int]]:
        flat: list[tuple[str, int]] = []
        for entry in entries:
            flat += titles(entry, level + 1) if isinstance(entry, list) else [(entry["/Title"], level)]
        return flat

    assert titles(reader.outline) == [(entry["title"], entry["level"]) for entry in truth["contents"]]
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert truth["last_caption"] in text
    assert "Skerrow Light, masonry, 31 metres, attended" in text
    assert reader.metadata is not None
    assert reader.metadata.title == truth["title"]
