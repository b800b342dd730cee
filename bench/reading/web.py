"""Articles of saved web pages: what is narrated against what people marked as the article.

``web/articles/ground-truth.json`` maps a name to ``{"url", "articleBody"}``, and may add the lists
``must_have`` and ``must_not_have`` of passages; the page is beside it as ``NAME.html.gz`` or ``NAME.html``.
"""

from __future__ import annotations

import gzip
import importlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from importlib import metadata
from io import StringIO
from pathlib import Path
from typing import Any

from lxml import html

from bench.reading.table import OURS, Row, Table
from pipeline.errors import SourceError
from pipeline.ingest.web import read_web
from pipeline.model import BlockKind, Book
from pipeline.settings import ReadingSettings

SHINGLE = 4
"""Words of a shingle, as in the article extraction benchmark of Scrapinghub (2020), which these scores follow."""
PASSAGE_WORDS = 5
"""A passage that is looked for has at least as many: fewer may be anywhere by chance."""
_UNSEEN = frozenset({"script", "style", "noscript", "template", "head", "svg", "iframe", "select", "option"})
_INLINE = frozenset({"a", "abbr", "b", "bdi", "br", "cite", "code", "em", "font", "i", "mark", "q", "s", "small",
                     "span", "strong", "sub", "sup", "time", "u"})  # fmt: skip

Extractor = Callable[[str, str], str]
"""Page and address to the text of its article."""


@dataclass(frozen=True, slots=True)
class Case:
    """One page and what is known of it."""

    name: str
    url: str
    page: str
    body: str
    must_have: tuple[str, ...]
    must_not_have: tuple[str, ...]


def measure(corpus: Path) -> Table | None:
    """The table of one corpus; None when it has no articles."""
    folder = corpus / "web" / "articles"
    if not (folder / "ground-truth.json").is_file():
        return None
    cases = list(_cases(folder))
    contestants = _contestants()
    found = {
        name: [_safely(extract, case) for case in cases] for name, extract in (_ours() | contestants).items()
    }
    titled, ours = found.pop("titled"), found.pop(OURS)
    columns = {OURS: ours, **found}
    f1 = {name: shingle_f1(cases, texts) for name, texts in columns.items()}
    have = {name: share_found(cases, texts) for name, texts in columns.items()}
    absent = {name: share_absent(cases, texts) for name, texts in columns.items()}
    rows = (
        Row("shingle F1", f1, 0.965, len(cases)),
        Row("the same, the title narrated", {OURS: shingle_f1(cases, titled)}, None, len(cases)),
        Row("must-have found", have, 0.96, sum(len(case.must_have) for case in cases)),
        Row("must-not-have absent", absent, 0.95, sum(len(case.must_not_have) for case in cases)),
        Row("both at once", {n: _both(have[n], absent[n]) for n in columns}, None, len(cases)),
    )
    return Table("Web articles", tuple(columns), rows, _notes(contestants))


# -- the pages -------------------------------------------------------------------------------------------


def _cases(folder: Path) -> Iterator[Case]:
    for name, truth in sorted(json.loads((folder / "ground-truth.json").read_text()).items()):
        packed, plain = folder / f"{name}.html.gz", folder / f"{name}.html"
        data = gzip.decompress(packed.read_bytes()) if packed.is_file() else plain.read_bytes()
        page, body = data.decode("utf-8", "replace"), truth["articleBody"]
        have = truth.get("must_have") or list(_ends_of(body))
        absent = truth.get("must_not_have") or list(_outside(page, body))
        yield Case(name, truth.get("url", ""), page, body, tuple(have), tuple(absent))


def _ends_of(body: str) -> Iterator[str]:
    """The first and the last sentence of an article, and one from its middle."""
    sentences = [s for s in re.split(r"(?<=[.!?…])\s+|\n+", body) if len(words(s)) >= PASSAGE_WORDS]
    yield from dict.fromkeys(sentences[i] for i in (0, len(sentences) // 2, -1) if sentences)


def _outside(page: str, body: str) -> Iterator[str]:
    """Passages of the page that are not in the article, nor its title."""
    tree = html.document_fromstring(re.sub(r"\A\s*<\?xml[^>]*>", "", page))
    inside = _joined(body)
    titles = [_joined(e.text_content()) for e in tree.xpath("//h1|//title")]
    titles += [_joined(str(t)) for t in tree.xpath("//meta[contains(@property, 'title')]/@content")]
    seen = set()
    for text in _passages(tree):
        key = _joined(text)
        if len(key.split()) < PASSAGE_WORDS or key in seen or _within(key, inside):
            continue
        seen.add(key)
        if not any(key in title or title in key for title in titles if len(title) > 15):
            yield text


def _passages(tree: Any) -> Iterator[str]:
    """The texts of the innermost block elements that are not machinery."""
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in _UNSEEN or element.tag in _INLINE:
            continue
        if any(isinstance(e.tag, str) and e.tag not in _INLINE for e in element.iterdescendants()):
            continue
        if not any(parent.tag in _UNSEEN for parent in element.iterancestors()):
            yield element.text_content()


# -- the scores ------------------------------------------------------------------------------------------


def words(text: str) -> list[str]:
    """Runs of letters and digits."""
    return re.findall(r"\w+", text)


def shingle_f1(cases: Sequence[Case], texts: Sequence[str]) -> float:
    """F1 over multisets of shingles; every page has the same weight."""
    hits = extra = missed = 0.0
    for case, text in zip(cases, texts, strict=True):
        wanted, got = _shingles(case.body), _shingles(text)
        both, more, less = (sum(c.values()) for c in (wanted & got, got - wanted, wanted - got))
        total = both + more + less or 1
        hits, extra, missed = hits + both / total, extra + more / total, missed + less / total
    precision, recall = hits / (hits + extra or 1), hits / (hits + missed or 1)
    return 2 * precision * recall / (precision + recall or 1)


def share_found(cases: Sequence[Case], texts: Sequence[str]) -> float:
    """The share of passages of the articles that are in the texts."""
    hits = [_within(_joined(p), _joined(t)) for c, t in zip(cases, texts, strict=True) for p in c.must_have]
    return sum(hits) / (len(hits) or 1)


def share_absent(cases: Sequence[Case], texts: Sequence[str]) -> float:
    """The share of passages around the articles that are not in the texts; every page has the same weight."""
    shares = []
    for case, text in zip(cases, texts, strict=True):
        if case.must_not_have:
            kept = sum(_within(_joined(passage), _joined(text)) for passage in case.must_not_have)
            shares.append(1 - kept / len(case.must_not_have))
    return sum(shares) / (len(shares) or 1)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    found = words(text)
    if not found:
        return Counter()
    return Counter(tuple(found[i : i + SHINGLE]) for i in range(max(1, len(found) - SHINGLE + 1)))


def _joined(text: str) -> str:
    return " ".join(words(text.casefold()))


def _within(passage: str, text: str) -> bool:
    return f" {passage} " in f" {text} "


def _both(found: float, absent: float) -> float:
    return 2 * found * absent / (found + absent or 1)


# -- who is compared -------------------------------------------------------------------------------------


def _ours() -> dict[str, Extractor]:
    """The narrated text with and without the title that it opens with."""
    kept: dict[str, Book] = {}

    def book(page: str, url: str) -> Book:
        if url not in kept:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "page.html"
                path.write_text(page)
                kept.clear()
                kept[url] = read_web(path, ReadingSettings(), url, "0" * 64, "utf-8")
        return kept[url]

    def text(page: str, url: str, *, titled: bool) -> str:
        read = book(page, url)
        blocks = [block for chapter in read.chapters for block in chapter.blocks]
        own = blocks[0].kind is BlockKind.HEADING and blocks[0].level == 1
        return "\n\n".join(block.text for block in blocks[int(own and not titled) :])

    return {OURS: lambda p, u: text(p, u, titled=False), "titled": lambda p, u: text(p, u, titled=True)}


def _contestants() -> dict[str, Extractor]:
    import trafilatura

    def settled(**choices: Any) -> Extractor:
        return lambda page, url: trafilatura.extract(page, url=url, include_comments=False, **choices) or ""

    found: dict[str, Extractor] = {
        "trafilatura": settled(),
        "trafilatura precision": settled(favor_precision=True),
        "trafilatura recall": settled(favor_recall=True),
        "trafilatura fast": settled(fast=True),
    }
    for name, make in (
        ("resiliparse", _resiliparse),
        ("readability-lxml", _readability),
        ("justext", _justext),
    ):
        with suppress(ImportError):
            found[name] = make()
    return found


def _resiliparse() -> Extractor:
    module: Any = importlib.import_module("resiliparse.extract.html2text")
    return lambda page, _: module.extract_plain_text(page, main_content=True, alt_texts=False)


def _readability() -> Extractor:
    module: Any = importlib.import_module("readability")

    def extract(page: str, _: str) -> str:
        summary = html.fromstring(module.Document(page).summary())
        return "\n".join(str(text) for text in summary.itertext())

    return extract


def _justext() -> Extractor:
    module: Any = importlib.import_module("justext")
    stopwords = module.get_stoplist("English")

    def extract(page: str, _: str) -> str:
        return "\n".join(p.text for p in module.justext(page, stopwords) if not p.is_boilerplate)

    return extract


def _safely(extract: Extractor, case: Case) -> str:
    try:
        with redirect_stderr(StringIO()):
            return extract(case.page, case.url)
    except SourceError:
        return ""
    except Exception:  # a library that fails at a page has found nothing on it
        return ""


def _notes(contestants: Mapping[str, Extractor]) -> tuple[str, ...]:
    packages = [
        name for name in ("trafilatura", "resiliparse", "readability-lxml", "justext") if name in contestants
    ]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    return (
        f"Shingles are of {SHINGLE} words, as in Scrapinghub's article extraction benchmark; every page weighs the "
        "same. Where a corpus names no passages, must-have are the first, the middle and the last sentence of the "
        "article, and must-not-have the texts of all other blocks of the page that have at least "
        f"{PASSAGE_WORDS} words and are not its title. The first rows count the article without its title, which "
        "the marked articles do not have either.",
        f"Compared: {versions}.",
    )
