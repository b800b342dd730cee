"""What is known of a corpus's PDFs: their true text, their passwords, and the facts that people checked.

A PDF's truth lies beside it under the same name: ``.txt``, ``.md`` or ``.tex``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUFFIXES = (".txt", ".md", ".tex")
SCORED = ("present", "absent", "order")
"""Kinds of facts that say something about a reading: a formula in TeX and a cell's neighbours do not."""
MISREAD = 0.02
"""Share of a passage's letters that may be wrong: the text layers of scans were recognised by programs."""
_HAN = re.compile(r"([\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff])")
_WORD = re.compile(r"[^\W_]+")
_HYPHENED = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_MADE_UP = re.compile(r"\\(?:lipsum|blindtext|Blindtext|kant|input|include)\b")
_PASSWORD = re.compile(r'`pdf/(?P<name>[^`]+\.pdf)`.*password: "(?P<password>[^"]*)"')


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u00ad", "")
    return re.sub("[\u2010\u2011]", "-", text)


def words(text: str) -> list[str]:
    """``text`` as words: NFKC, casefolded, punctuation out; a Chinese character is a word."""
    return _WORD.findall(_HAN.sub(r" \1 ", _plain(text)))


def hyphened_words(text: str) -> list[str]:
    """The same, but a hyphen inside a word stays part of it."""
    return _HYPHENED.findall(_HAN.sub(r" \1 ", _plain(text)))


def true_texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every PDF in ``folder`` that has a truth beside it, with that truth as plain text."""
    for path in sorted(folder.glob("*.pdf")):
        for suffix in SUFFIXES:
            beside = path.with_suffix(suffix)
            if beside.is_file():
                text = _READ[suffix](beside.read_text("utf-8"))
                if text:
                    yield path, text
                break


def _markdown(text: str) -> str:
    text = re.sub(r"<!--.*?-->", " ", text, flags=re.S)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^\s*\|?[\s:|-]+\|?\s*$", " ", text, flags=re.M)  # the rule under a table's head
    text = re.sub(r"&(amp|lt|gt);", lambda found: {"amp": "&", "lt": "<", "gt": ">"}[found[1]], text)
    return re.sub(r"\\([_*#|])", r"\1", text)


def _tex(text: str) -> str:
    """The words of a LaTeX source; nothing when macros make its text."""
    if _MADE_UP.search(text):
        return ""
    text = re.sub(r"(?<!\\)%.*", "", text)
    text = text.partition(r"\begin{document}")[2] or text
    text = re.sub(
        r"\\(?:begin|end|label|ref|cite|usepackage|includegraphics)\*?(?:\[[^\]]*\])?\{[^}]*\}", " ", text
    )
    text = re.sub(r'\\"\{?([a-zA-Z])\}?', "\\1\u0308", text)
    return re.sub(r"\\[a-zA-Z]+\*?(?:\[[^\]]*\])?", " ", re.sub(r"\\-", "", text))


_READ: dict[str, Callable[[str], str]] = {".txt": str, ".md": _markdown, ".tex": _tex}


@dataclass(frozen=True, slots=True)
class Fact:
    """One checked statement about one file."""

    file: Path
    kind: str
    said: dict[str, Any]

    def holds(self, text: str, misread: float = 0.0) -> bool:
        """Whether it holds of a reading: what must be there by its letters, what must not by its words and case.

        ``misread`` is the share of a passage's letters that may be wrong; with none, what must not be there must
        not be there in whatever case.
        """
        if self.kind == "order":
            before, after = (
                _place(self.said["before"], text, misread),
                _place(self.said["after"], text, misread),
            )
            return -1 < before < after
        if self.kind == "present":
            return _place(self.said["text"], text, misread) >= 0
        return not self._is_there(text, _cased if misread else words)

    def _is_there(self, text: str, split: Callable[[str], list[str]]) -> bool:
        flat = text.strip()
        if "last_n" in self.said:
            flat = flat[-int(self.said["last_n"]) :]
        elif "first_n" in self.said:
            flat = flat[: int(self.said["first_n"])]
        return f" {' '.join(split(self.said['text']))} " in f" {' '.join(split(flat))} "


def _cased(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def _place(passage: str, text: str, misread: float) -> int:
    """Where ``passage`` ends in ``text``, letters and digits compared, the share ``misread`` of them wrong; or -1.

    P. H. Sellers (1980), "The theory and computation of evolutionary distances": edit distance to the nearest
    part of a text.
    """
    wanted, whole = "".join(words(passage)), "".join(words(text))
    exact = whole.find(wanted)
    if exact >= 0:
        return exact + len(wanted)
    allowed = int(misread * len(wanted))
    if not allowed:
        return -1
    column = list(range(len(wanted) + 1))
    for place, char in enumerate(whole, 1):
        above, column[0] = 0, 0
        for row, own in enumerate(wanted, 1):
            above, column[row] = column[row], min(above + (own != char), column[row] + 1, column[row - 1] + 1)
        if column[-1] <= allowed:
            return place
    return -1


def facts(folder: Path) -> tuple[list[Fact], dict[str, int]]:
    """The facts of ``folder/facts/facts.jsonl`` that are scored, and how many there are of the other kinds."""
    found: list[Fact] = []
    others: dict[str, int] = {}
    listed = folder / "facts" / "facts.jsonl"
    for line in listed.read_text("utf-8").splitlines() if listed.is_file() else ():
        said = json.loads(line)
        if said["type"] in SCORED:
            found.append(Fact(folder / "facts" / said["pdf"], said["type"], said))
        else:
            others[said["type"]] = others.get(said["type"], 0) + 1
    return found, others


def passwords(corpus: Path) -> dict[str, str]:
    """Passwords of encrypted PDFs by file name, as the corpus's ``INDEX.md`` gives them."""
    index = corpus / "INDEX.md"
    if not index.is_file():
        return {}
    return {
        m["name"]: m["password"] for m in map(_PASSWORD.search, index.read_text("utf-8").splitlines()) if m
    }


__all__ = ["MISREAD", "Fact", "facts", "hyphened_words", "passwords", "true_texts", "words"]
