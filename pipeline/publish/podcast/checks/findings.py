"""What is wrong with a show, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """A client or a directory will refuse it, or a subscriber will miss something."""
    WARNING = "warning"
    """It works, but not everywhere, or not as well as it could."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    severity: Severity
    where: str
    """The file, or the episode in the feed."""
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.what}; {self.advice}."


class Findings:
    """Collects what is found, in order, the same thing once."""

    def __init__(self) -> None:
        """Nothing found yet."""
        self._found: dict[Finding, None] = {}

    def error(self, where: str, what: str, advice: str) -> None:
        """Something that has to be put right."""
        self._found[Finding(Severity.ERROR, where, what, advice)] = None

    def warning(self, where: str, what: str, advice: str) -> None:
        """Something that should be."""
        self._found[Finding(Severity.WARNING, where, what, advice)] = None

    def all(self) -> tuple[Finding, ...]:
        """Errors first."""
        return tuple(sorted(self._found, key=lambda finding: finding.severity is not Severity.ERROR))


REBUILD = "run 'voxpress feed rebuild'"
