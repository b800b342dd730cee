"""Those who read EPUBs (and, naively, PDFs), each as its users would: titles and texts of the chapters.

``python -m bench.reading.epub_contestants NAME FILE`` reads one book and writes
``{"chapters": [[title, text], ...]}``, or ``{"error": ..., "typed": ...}``; the benchmark runs it in a process of
its own, with bounds.
"""

from __future__ import annotations

import importlib.machinery
import json
import re
import sys
import types
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

Chapters = list[tuple[str, str]]


def voxpress(path: Path) -> Chapters:
    """This project, by its one door."""
    from pipeline.ingest import FetchRules, open_book
    from pipeline.settings import ReadingSettings

    book = open_book(str(path), ReadingSettings(), FetchRules(path.parent, offline=True))
    return [(chapter.title, chapter.text) for chapter in book.chapters]


def ebooklib(path: Path) -> Chapters:
    """EbookLib as most scripts use it: the documents of the spine, all their text, their first heading."""
    from ebooklib import ITEM_DOCUMENT, epub
    from lxml import html

    book = epub.read_epub(str(path))
    found: Chapters = []
    for identifier, *_ in book.spine:
        item = book.get_item_with_id(identifier)
        if item is None or item.get_type() != ITEM_DOCUMENT:
            continue
        content = item.get_content()
        if not content.strip():
            continue
        tree = html.fromstring(content)
        body = tree.find(".//body")
        headings = [*tree.iter("h1", "h2", "h3"), *tree.iter("title")]
        title = headings[0].text_content() if headings else ""
        found.append((title, (tree if body is None else body).text_content()))
    return found


def abogen(path: Path) -> Chapters:
    """Its own extractor, ``abogen.text_extractor``."""
    from abogen.text_extractor import extract_from_path

    return [(chapter.title, chapter.text) for chapter in extract_from_path(path).chapters]


def audiblez(path: Path) -> Chapters:
    """Its own functions; the speech libraries that its module imports at once are replaced by empty ones.

    It gives chapters no titles; players show the first words, which count as such here.
    """
    wanted = ("torch", "spacy", "soundfile", "tabulate", "kokoro", "pick")
    missing = [name for name in wanted if find_spec(name) is None]
    for name in missing:
        sys.modules[name] = _Nothing(name)
    if "torch" in missing:
        sys.modules["torch.cuda"] = _Nothing("torch.cuda")
    from audiblez import core
    from ebooklib import epub

    documents = core.find_document_chapters_and_extract_texts(epub.read_epub(str(path)))
    chapters = core.find_good_chapters(documents)
    return [(c.extracted_text.strip().partition("\n")[0].rstrip("."), c.extracted_text) for c in chapters]


def epub_to_audiobook(path: Path) -> Chapters:
    """What it does by default, written after its documentation, because it is no package.

    All documents in the order of the manifest, all of their text; the title is the first ``title``, ``h1``,
    ``h2`` or ``h3``, or the first 60 characters where that is missing or a number.
    """
    from ebooklib import ITEM_DOCUMENT, epub
    from lxml import etree

    found: Chapters = []
    parser = etree.XMLParser(recover=True)
    for item in epub.read_epub(str(path), {"ignore_ncx": True}).get_items_of_type(ITEM_DOCUMENT):
        tree = etree.fromstring(item.get_content(), parser)
        text = " ".join("".join(tree.itertext()).split())
        names = {name: e for name in ("h3", "h2", "h1", "title") for e in tree.iter(f"{{*}}{name}")}
        title = next(("".join(names[n].itertext()) for n in ("title", "h1", "h2", "h3") if n in names), "")
        found.append((text[:60] if not title.strip() or re.fullmatch(r"\d{1,3}", title) else title, text))
    return found


class _Nothing(types.ModuleType):
    """A module whose every name is something that does nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing(f"{self.__name__}.{name}")

    def __call__(self, *_: object, **__: object) -> None:
        """Nothing."""


def pypdf(path: Path) -> Chapters:
    """pypdf: the text of every page."""
    from pypdf import PdfReader

    return [("", page.extract_text()) for page in PdfReader(path).pages]


CONTESTANTS: dict[str, Callable[[Path], Chapters]] = {
    "voxpress": voxpress,
    "EbookLib": ebooklib,
    "abogen": abogen,
    "audiblez": audiblez,
    "epub_to_audiobook": epub_to_audiobook,
}
OTHERS = {"pypdf": pypdf}
NEEDS = {"abogen": "abogen", "audiblez": "audiblez"}
"""Packages that are no dependency of the benchmark: pip install --no-deps."""


def installed() -> list[str]:
    """The contestants that can run here."""
    return [name for name in CONTESTANTS if name not in NEEDS or find_spec(NEEDS[name])]


def versions() -> str:
    """Those that are packages, with their versions."""
    named = {"EbookLib": "EbookLib", **NEEDS}
    found = [f"{name} {metadata.version(named[name])}" for name in installed() if name in named]
    return ", ".join(found)


def main() -> int:
    """Read one book; returns the exit status."""
    name, file = sys.argv[1:]
    real, sys.stdout = sys.stdout, sys.stderr  # some of them print
    try:
        answer: dict[str, object] = {"chapters": (CONTESTANTS | OTHERS)[name](Path(file))}
    except Exception as error:  # whatever it is: that is what is measured
        own = type(error).__module__.partition(".")[0] in {
            "pipeline",
            "ebooklib",
            "abogen",
            "audiblez",
            "pypdf",
        }
        answer = {"error": f"{type(error).__name__}: {error}", "typed": own and bool(str(error).strip())}
    json.dump(answer, real)
    return 0


if __name__ == "__main__":
    sys.exit(main())
