"""One entry of a lexicon: what is written, and what is said for it."""

from __future__ import annotations

from dataclasses import dataclass

CASES = ("smart", "exact", "any")
"""Values of ``Entry.case``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A word or phrase and how it is said; the conditions under which it holds."""

    word: str
    """As written, single spaces between its words."""
    say: str = ""
    """What is said instead: another spelling, or other words. With ``ipa``: for voices that read none."""
    ipa: str = ""
    """How it sounds, in the International Phonetic Alphabet; a space between words."""
    case: str = "smart"
    """``exact``: as written. ``any``: case makes no difference. ``smart``: a word without capitals matches any
    case; one with capitals matches as written, or in capitals throughout."""
    part: bool = False
    """Also inside longer words."""
    languages: tuple[str, ...] = ()
    """BCP 47 tags; ``en`` covers ``en-GB``. Empty: every language."""
    engines: tuple[str, ...] = ()
    """Names of engines. Empty: every engine."""
    after: tuple[str, ...] = ()
    """Only where one of these words stands before it, at most ``reach`` words away."""
    before: tuple[str, ...] = ()
    """Only where one of these words follows, at most ``reach`` words away."""
    unless_after: tuple[str, ...] = ()
    """Not where one of these words stands before it, at most ``reach`` words away."""
    unless_before: tuple[str, ...] = ()
    """Not where one of these words follows, at most ``reach`` words away."""
    near: tuple[str, ...] = ()
    """Only where one of these words is in the same sentence."""
    reach: int = 1
    """How many words away ``after`` and ``before`` look; punctuation is not counted, but ``. ; : ! ?`` ends it."""

    @property
    def conditional(self) -> bool:
        """Whether it holds in some surroundings only."""
        return bool(self.after or self.before or self.unless_after or self.unless_before or self.near)

    def speaks(self, language: str) -> bool:
        """Whether it holds for text in that language."""
        tag = language.lower().replace("_", "-")
        return not self.languages or any(
            tag == one.lower() or tag.startswith(one.lower() + "-") for one in self.languages
        )
