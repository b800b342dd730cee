"""Web addresses, e-mail, handles and files: read out sign by sign."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.script.spoken.rule import Rule, rule

_SCHEME = r"(?:https?|ftp|file|ssh|git)://"
_LABELS = r"(?:[\w-]+\.)+"
_TAIL = r"(?::\d{1,5})?(?:[/?#](?:[^\s<>\"”»]*[\w/=|^~])?)?"
_TOP = (
    "com|org|net|edu|gov|mil|int|info|biz|io|co|eu|uk|us|de|fr|es|it|nl|be|ch|at|pl|pt|cz|se|no|dk|fi|ru|ua|cn|jp"
    "|kr|in|br|mx|ar|ca|au|nz|tv|app|dev|ai"
)
_PIECES = re.compile(r"[^\W\d_]+|\d+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Signs:
    """How a language reads the parts of an address."""

    names: Mapping[str, str]
    """What each sign is called: ``.`` dot, ``@`` at."""
    letters: Callable[[str], str]
    """How a run of letters is read: as a word, or letter by letter."""
    digits: Callable[[str], str]
    """How a run of digits is read."""


def electronic_rules(signs: Signs) -> tuple[Rule, ...]:
    """URLs, e-mail addresses, bare domains, handles and hashtags."""

    def say(match: re.Match[str]) -> str:
        return read_address(match[0], signs)

    end = r"(?![\w@])"
    return (
        rule("electronic", rf"(?<![\w.@]){_SCHEME}[\w.-]*\w{_TAIL}", say, re.IGNORECASE),
        rule("electronic", rf"(?<![\w.+-])[\w.+-]*\w@[\w-]+(?:\.[\w-]+)*{_TAIL}", say),
        rule("electronic", rf"(?<![\w.@])www\.[\w.-]*\w{_TAIL}", say, re.IGNORECASE),
        rule("electronic", rf"(?<![\w.@/-]){_LABELS}(?:{_TOP}){_TAIL}{end}", _domain(signs)),
        rule("electronic", r"(?<![\w.@/-])[a-z][a-z0-9_-]+\.[a-z]{2,4}(?![\w.@]*\w)", _domain(signs)),
        rule("electronic", r"(?<![\w.@/])[@#][^\W\d_][\w.]*\w", say),
    )


def _domain(signs: Signs) -> Callable[[re.Match[str]], str | None]:
    """A name with a dot inside: also of a file. Capitals after the dot are a space that was forgotten."""

    def say(match: re.Match[str]) -> str | None:
        host = re.split(r"[/?#:]", match[0], maxsplit=1)[0]
        if host != host.lower() and not re.fullmatch(r"[\w-]+\.(?:com|org|net)", host):
            return None
        return read_address(match[0], signs)

    return say


def read_address(text: str, signs: Signs) -> str:
    """An address, piece by piece."""
    said = []
    for piece in _PIECES.findall(text):
        if piece.isdecimal():
            said.append(signs.digits(piece))
        elif piece.isalpha():
            said.append(signs.letters(piece))
        else:
            said.append(signs.names.get(piece, " "))
    return " ".join(" ".join(said).split())
