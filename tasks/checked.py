"""What was checked of a production's takes, and by what: for the report and the end of a run.

Whoever reads "nothing in doubt" must be able to see what was looked at. A take remembers who listened to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.model import PreparedTake
from pipeline.serial import load
from storage.rows import ChapterRow, Production
from storage.store import Store
from tasks.context import Context
from tasks.doubts import Reported, rows_and_takes
from tasks.ears import DEAF_TO, why_unheard
from tasks.shelf import read_script

_UNHEARD = '"heard_by":""'
"""As it stands in a take that nobody listened to."""


@dataclass(frozen=True, slots=True)
class Some:
    """Takes, and the display words in them."""

    takes: int = 0
    words: int = 0

    def plus(self, words: int) -> Some:
        """With one more take."""
        return Some(self.takes + 1, self.words + words)


@dataclass(frozen=True, slots=True)
class Unheard:
    """Takes that nobody listened to although that was wanted, or would have been done where it can be."""

    some: Some
    why: str
    """The end of a sentence."""
    language: str = ""
    """BCP 47; empty for all of them."""

    @property
    def said(self) -> str:
        """In a sentence."""
        passages = "1 passage" if self.some.takes == 1 else f"{self.some.takes:,} passages"
        what = (
            f"{passages} in “{self.language}” ({self.some.words:,} words)" if self.language else "No passage"
        )
        verb = "was" if not self.language or self.some.takes == 1 else "were"
        return f"{what} {verb} {'not ' * bool(self.language)}listened to: {self.why}."


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and listened to."""

    asked: str
    """``CheckSettings.by``."""
    policy: str
    """By which the words were judged; empty where nobody listened."""
    heard: dict[str, Some]
    """By who listened: the recogniser's revision."""
    unheard: tuple[Unheard, ...]

    def told(self) -> dict[str, object]:
        """For the report."""
        return {
            "asked": self.asked,
            "policy": self.policy,
            "heard": [
                {"by": who, "takes": some.takes, "words": some.words} for who, some in self.heard.items()
            ],
            "unheard": [
                {"language": one.language, "takes": one.some.takes, "words": one.some.words, "why": one.why}
                for one in self.unheard
            ],
            "said": self.said,
        }

    @property
    def said(self) -> str:
        """In a sentence or two."""
        looked = "Only takes that cannot be speech were refused" if self.asked == "off" else ""
        looked = looked or "Every take was checked as a signal"
        listened = " and listened to" if self.heard and not self.unheard else ""
        return " ".join((f"{looked}{listened}.", *(one.said for one in self.unheard)))

    def doubts(self) -> Iterator[Reported]:
        """Somebody asked for ears, and there were none for these takes."""
        if self.asked == "asr":
            yield from (Reported("not-heard", one.said) for one in self.unheard)


def checked(context: Context, production: Production, chapters: Sequence[ChapterRow]) -> Checked:
    """What was checked of the chapters."""
    check = production.settings.check
    if not production.ears:
        every = Some(production.chunks, sum(chapter.words for chapter in chapters))
        deaf = (Unheard(every, why_unheard(context, production)),) if check.by == "auto" else ()
        return Checked(check.by, "", {}, deaf)
    heard, unheard = Counter[str](), Counter[str]()
    sums: dict[tuple[str, str], Some] = {}
    for who, language, words in _takes(context.store, production.id, chapters):
        (heard if who else unheard)[who or language] += 1
        key = (who, "" if who else language)
        sums[key] = sums.get(key, Some()).plus(words)
    return Checked(
        check.by,
        production.ears,
        {who: sums[who, ""] for who, _ in heard.most_common()},
        tuple(
            Unheard(sums["", language], DEAF_TO.format(language=language), language)
            for language, _ in unheard.most_common()
        ),
    )


def _takes(
    store: Store, production_id: str, chapters: Sequence[ChapterRow]
) -> Iterator[tuple[str, str, int]]:
    """Of each take who listened to it, its language and its words."""
    for chapter in chapters:
        script = read_script(store, chapter.script_key)
        for row, take in rows_and_takes(store, production_id, chapter.index):
            chunk = script.chunks[row.index]
            if take is not None:
                who = "" if _UNHEARD in take.detail else load(PreparedTake, take.detail).heard_by
                yield who, chunk.language, len(chunk.words)
