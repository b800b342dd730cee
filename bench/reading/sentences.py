"""Sentences: how many texts are cut exactly as their truth says, language by language.

``sentences/*.jsonl`` of the corpus holds lines ``{"lang", "set", "text", "sentences"}``; ``lang`` is a name as
below or a BCP 47 tag. A text counts when its sentences are the given ones, white space folded.
"""

from __future__ import annotations

import json
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.reading.table import OURS, Row, Table
from pipeline.ingest.text_paragraphs import Hyphens, groups_of, paragraphs_of, shape_of
from pipeline.script.sentences import split_sentences

TARGET = 0.98
_TAGS = {
    "amharic": "am", "arabic": "ar", "armenian": "hy", "bulgarian": "bg", "burmese": "my", "chinese": "zh",
    "danish": "da", "deutsch": "de", "dutch": "nl", "english": "en", "french": "fr", "german": "de", "greek": "el",
    "hindi": "hi", "italian": "it", "japanese": "ja", "kazakh": "kk", "marathi": "mr", "persian": "fa",
    "polish": "pl", "russian": "ru", "slovak": "sk", "spanish": "es", "urdu": "ur",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Case:
    language: str
    suite: str
    text: str
    sentences: tuple[str, ...]


def measure(corpus: Path) -> Table | None:
    """The share of texts cut exactly right, by language and in all."""
    cases = list(_cases(corpus / "sentences"))
    if not cases:
        return None
    contestants: dict[str, Callable[[_Case], list[str]]] = {OURS: _ours, "sentencex": _sentencex}
    notes = [
        "The share of texts whose sentences are exactly the given ones. Voxpress gets the text as its reader of text"
        " files does, which makes paragraphs of lines; the others get it as it is."
    ]
    if _pysbd_version():
        contestants["pySBD"] = _pysbd
        notes.append(
            f"pySBD {_pysbd_version()}, for whose rules these texts were written, cleans what its own tests clean."
        )
    results = {
        name: [_folded(cut(case)) == case.sentences for case in cases] for name, cut in contestants.items()
    }
    languages = sorted({case.language for case in cases})
    rows = [_row("all", [True] * len(cases), results, TARGET)]
    rows += [_row(tag, [case.language == tag for case in cases], results) for tag in languages]
    return Table("Sentences", tuple(contestants), rows, notes)


def _row(name: str, chosen: list[bool], results: dict[str, list[bool]], target: float | None = None) -> Row:
    count = sum(chosen)
    values = {
        contestant: sum(right for right, wanted in zip(found, chosen, strict=True) if wanted) / count
        for contestant, found in results.items()
    }
    return Row(name, values, target, count)


def _cases(folder: Path) -> Iterator[_Case]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                data = json.loads(line)
                language = _TAGS.get(data["lang"], data["lang"])
                yield _Case(language, data.get("set", ""), data["text"], _folded(data["sentences"]))


def _folded(sentences: list[str]) -> tuple[str, ...]:
    """White space folded; characters that only format (direction marks) are no part of a sentence."""
    plain = ("".join(c for c in one if unicodedata.category(c) != "Cf") for one in sentences)
    return tuple(" ".join(one.split()) for one in plain if one.strip())


def _ours(case: _Case) -> list[str]:
    groups = groups_of(case.text)
    shape, hyphens = shape_of(groups), Hyphens(case.text)
    return [
        sentence
        for group in groups
        for _, paragraph in paragraphs_of(group, shape, hyphens)
        for line in paragraph.split("\n")
        for sentence in split_sentences(line, case.language)
    ]


def _sentencex(case: _Case) -> list[str]:
    import sentencex

    return list(sentencex.segment(case.language, case.text))


def _pysbd(case: _Case) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its patterns have escapes that Python warns of
        import pysbd

        kind = "pdf" if "PDF" in case.suite else None
        try:
            segmenter = pysbd.Segmenter(language=case.language, clean="CLEAN" in case.suite, doc_type=kind)
        except ValueError:
            return []  # a language that it does not know
        return list(segmenter.segment(case.text))


def _pysbd_version() -> str:
    try:
        return version("pysbd")
    except PackageNotFoundError:
        return ""
