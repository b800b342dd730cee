"""Lexicon files: ``lexicon.toml``, and W3C pronunciation lexicons (``pls``).

A TOML lexicon has a table ``[words]`` for what is simple, ``"Cholmondeley" = "Chumley"``, and any number of
``[[entry]]`` for the rest, whose keys are those of ``_KEYS``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from pipeline.errors import LexiconError
from pipeline.limits import LEXICON_BYTES, LEXICON_CHARACTERS, LEXICON_ENTRIES
from pipeline.script.lexicon.entry import CASES, Entry
from pipeline.script.lexicon.pls import is_pls, read_pls

_TEXTS = ("word", "say", "ipa", "case")
_LISTS = {
    "language": "languages", "engine": "engines", "after": "after", "before": "before",
    "unless_after": "unless_after", "unless_before": "unless_before", "near": "near",
}  # fmt: skip
_KEYS = (*_TEXTS, "part", "reach", *_LISTS)
_SLASHED = re.compile(r"^\s*[/\[](.*)[/\]]\s*$")
_FARTHEST = 10
"""Most words that ``reach`` may look away."""
_BUILT_IN = ("en", "ru")
"""Languages whose homographs come with Voxpress, each a lexicon in the folder ``homographs``."""


def read_lexicon(path: Path) -> tuple[Entry, ...]:
    """The entries of a file, in order. Raises ``LexiconError``, one sentence with file and line."""
    try:
        with path.open("rb") as file:
            data = file.read(LEXICON_BYTES + 1)
    except OSError as error:
        raise LexiconError(
            f"The lexicon {path} cannot be read ({error.strerror}): check its name and its permissions."
        ) from error
    return parse_lexicon(data, str(path))


def parse_lexicon(data: bytes, origin: str) -> tuple[Entry, ...]:
    """As ``read_lexicon``, for the bytes of a file that ``origin`` names."""
    if len(data) > LEXICON_BYTES:
        raise LexiconError(
            f"The lexicon {origin} is larger than {LEXICON_BYTES >> 20} MB: divide it by series."
        )
    entries = read_pls(data, origin) if is_pls(data) else _read_toml(data, origin)
    return checked(entries, origin)


def checked(entries: Sequence[Entry], origin: str) -> tuple[Entry, ...]:
    """The entries. Raises ``LexiconError`` when there are too many."""
    if len(entries) > LEXICON_ENTRIES:
        raise LexiconError(
            f"{origin} has {len(entries):,} entries, more than the {LEXICON_ENTRIES:,} that one book may have: keep "
            "those that it needs."
        )
    return tuple(entries)


@cache
def homographs() -> tuple[Entry, ...]:
    """The entries that come with Voxpress: words that are read by what stands around them, each in its language."""
    folder = files("pipeline.script.lexicon") / "homographs"
    return tuple(
        replace(entry, languages=(language,))
        for language in _BUILT_IN
        for entry in parse_lexicon((folder / f"{language}.toml").read_bytes(), f"{language}.toml")
    )


def write_toml(entries: Iterable[Entry]) -> str:
    """A lexicon as TOML: what ``read_lexicon`` gives for it are the same entries."""
    pieces: list[str] = []
    for entry in entries:
        lines = [
            "[[entry]]",
            *(f"{key} = {_quoted(getattr(entry, key))}" for key in _TEXTS[:3] if getattr(entry, key)),
        ]
        lines += [f"case = {_quoted(entry.case)}"] if entry.case != "smart" else []
        lines += ["part = true"] if entry.part else []
        for key, name in _LISTS.items():
            if values := getattr(entry, name):
                lines.append(f"{key} = [{', '.join(map(_quoted, values))}]")
        lines += [f"reach = {entry.reach}"] if entry.reach != 1 else []
        pieces.append("\n".join(lines) + "\n")
    return "\n".join(pieces)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda c: f"\\u{ord(c[0]):04x}", escaped) + '"'


def _read_toml(data: bytes, origin: str) -> list[Entry]:
    try:
        text = data.decode("utf-8-sig")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise LexiconError(f"The lexicon {origin} is not UTF-8 text: save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(
            f"The lexicon {origin} is not TOML: {error}; words with spaces, or letters other than a to z, stand in "
            "quotation marks."
        ) from error
    except RecursionError as error:
        raise LexiconError(f"The lexicon {origin} is not TOML: it is nested too deep.") from error
    lines = _Lines(text, origin)
    if unknown := [key for key in table if key not in ("words", "entry")]:
        raise LexiconError(
            f"{lines.of_key(unknown[0])}: there is no {unknown[0]!r} in a lexicon, only [words] and [[entry]]."
        )
    words, entries = table.get("words", {}), table.get("entry", [])
    if not isinstance(words, Mapping):
        raise LexiconError(f"{lines.of_key('words')}: 'words' must be a table, begun by a line [words].")
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise LexiconError(
            f"{lines.of_key('entry')}: 'entry' must be tables, each begun by a line [[entry]]."
        )
    simple = [_entry({"word": word, "say": said}, lines.of_key(word)) for word, said in words.items()]
    return simple + [_entry(one, lines.of_entry(number)) for number, one in enumerate(entries)]


class _Lines:
    """Where in a file a thing stands, as the beginning of a sentence; TOML readers do not tell."""

    def __init__(self, text: str, origin: str) -> None:
        self._lines, self._origin = text.splitlines(), origin

    def of_key(self, key: str) -> str:
        wanted = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[\]=.]""")
        return self._at(next((n for n, line in enumerate(self._lines) if wanted.match(line)), None))

    def of_entry(self, number: int) -> str:
        begins = [n for n, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*entry\s*\]\]", line)]
        return self._at(begins[number] if number < len(begins) else None)

    def _at(self, line: int | None) -> str:
        return self._origin if line is None else f"{self._origin}, line {line + 1}"


def _entry(table: Mapping[str, object], where: str) -> Entry:
    if unknown := [key for key in table if key not in _KEYS]:
        raise LexiconError(f"{where}: an entry has no {unknown[0]!r}; it may have {', '.join(_KEYS)}.")
    texts = {key: _text(table, key, where) for key in _TEXTS}
    lists = {name: _list(table, key, where) for key, name in _LISTS.items()}
    case = texts["case"] or "smart"
    part, reach = table.get("part", False), table.get("reach", 1)
    if case not in CASES:
        raise LexiconError(f"{where}: 'case' is {case!r} but must be {', '.join(CASES[:-1])} or {CASES[-1]}.")
    if not isinstance(part, bool):
        raise LexiconError(f"{where}: 'part' must be true or false.")
    if not isinstance(reach, int) or isinstance(reach, bool) or not 1 <= reach <= _FARTHEST:
        raise LexiconError(f"{where}: 'reach' must be a number of words from 1 to {_FARTHEST}.")
    return made(
        texts["word"], texts["say"], texts["ipa"], where, case=case, part=part, reach=reach, lists=lists
    )


def made(
    word: str,
    say: str,
    ipa: str,
    where: str,
    *,
    case: str = "smart",
    part: bool = False,
    reach: int = 1,
    lists: Mapping[str, tuple[str, ...]] | None = None,
) -> Entry:
    """An entry of values that are looked at first. Raises ``LexiconError``, which begins with ``where``."""
    ipa = _SLASHED.sub(r"\1", ipa)
    word, say, ipa = (" ".join(text.split()) for text in (word, say, ipa))
    if not any(map(str.isalnum, word)):
        raise LexiconError(f"{where}: an entry needs a 'word' with a letter or a digit in it.")
    if not any(map(str.isalnum, say + ipa)):
        raise LexiconError(f"{where}: the entry for {word!r} says nothing: give it 'say' or 'ipa'.")
    if ipa and re.search(r"[\[\]{}<>\d]|[A-Z]", ipa):
        raise LexiconError(f"{where}: {ipa!r} is not IPA: brackets, digits and capitals do not occur in it.")
    if max(map(len, (word, say, ipa))) > LEXICON_CHARACTERS:
        raise LexiconError(
            f"{where}: the entry for {word[:40]!r} is longer than {LEXICON_CHARACTERS} characters."
        )
    return Entry(word, say, ipa, case=case, part=part, reach=reach, **(lists or {}))


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise LexiconError(f"{where}: {key!r} must be a text in quotation marks.")
    return value


def _list(table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) and one.strip() for one in values):
        raise LexiconError(f"{where}: {key!r} must be a text in quotation marks, or a list of such.")
    return tuple(one.strip() for one in values)
