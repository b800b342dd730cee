"""Who says quotations, by the words around them.

Quotations are given to speakers in this order; unsure is nobody, for the wrong voice disturbs more than none:

1. "said Anna", before or after the quotation, in its own paragraph.
2. "she said": the only one of that gender who was mentioned, or who spoke, just before.
3. A quotation beside a sentence with one known speaker as its subject ("Anna sat down.").
4. Other quotations of a paragraph: whoever says the first.
5. A paragraph that goes on with a quotation that was not closed.
6. Two who take turns: between and beside paragraphs whose speakers are known, as long as nothing but speech stands
   between them. Whoever is addressed by name in a paragraph does not say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.limits import CAST_SPEAKERS
from pipeline.model import Block, BlockKind
from pipeline.script.casting import saying_en, saying_ru
from pipeline.script.casting.cast import FEMALE, MALE, Cast, folded
from pipeline.script.casting.quotes import Quote, quotes_in, russian_quotes, style_of
from pipeline.script.casting.saying import FIRST_PERSON, Saying
from pipeline.script.sentences import primary_language

LANGUAGES = ("en", "ru")
"""In which quotations can be given to speakers."""
LONGEST_TURNS = 6
"""Paragraphs that two may take turns for, away from one whose speaker is named."""
AROUND = 3
"""Paragraphs before and after, in which no third is to speak where two take turns."""
_TEXT = (BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.LIST_ITEM)
LEAST_PRONOUNS = 2
"""Pronouns of one gender that tell that of a speaker, ..."""
SURE = 4
"""... where they are so many times those of the other."""
_PRONOUNS = {
    "en": (
        re.compile(r"\b(?:he|him|his|himself)\b", re.I),
        re.compile(r"\b(?:she|her|hers|herself)\b", re.I),
    ),
    "ru": (
        re.compile(r"\b(?:он|его|него|ему|нему)\b", re.I),
        re.compile(r"\b(?:она|её|ее|неё|нее|ей|ней)\b", re.I),
    ),
}
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_INSIDE = re.compile(r"(?<=[^\W\d_] )(?!I\b)[A-ZА-ЯЁ][^\W\d_]+")
"""A word with a capital inside a sentence."""
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Speech:
    """A quotation and who says it."""

    block: int
    quote: Quote
    speaker: str | None = None
    """None: not known."""
    named: bool = False
    """The words beside it name its speaker."""
    told: bool = False
    """Who was asked named its speaker."""


def gender_of(name: str, tongue: str) -> tuple[str, str]:
    """What a name says of who has it (``male``, ``female``), and why; empty where it does not tell.

    ``tongue`` is the first part of a language's tag.
    """
    return saying_ru.gender_of(name) if tongue == "ru" else saying_en.gender_of(name)


class Rules:
    """The rules at work on one chapter."""

    def __init__(self, blocks: Sequence[Block], tongue: str, language: str, cast: Cast) -> None:
        self.blocks, self.tongue, self.cast = blocks, tongue, cast
        self.genders: dict[str, tuple[str, str]] = {
            part.name: (part.gender, "the cast") for part in cast.parts if part.gender
        }
        self._known: dict[str, str] = {}  # name as it is folded -> name
        self._words: set[str] = set()  # of these
        for part in cast.parts:
            for name in (part.name, *part.aliases):
                self._know(folded(name), part.name)
        style = style_of(blocks) if tongue == "en" else ""
        self._quotes: list[list[Quote]] = []
        self._said: list[list[Saying | None]] = []
        self._follow_open(language, style)

    def speeches(self) -> list[Speech]:
        """Every quotation, in order."""
        said = self._said = [self._sayings(at) for at in range(len(self.blocks))]
        for saying in (one for own in said for one in own):
            if saying and saying.name not in ("", FIRST_PERSON):
                self._meet(saying)
        self._learn_genders(said)
        speakers: list[list[str | None]] = [[None] * len(own) for own in self._quotes]
        for at, own in enumerate(said):
            named = {self._name(one.name) for one in own if one and one.name not in ("", FIRST_PERSON)}
            meant: dict[str, str | None] = {}  # by the pronoun's gender
            for number, saying in enumerate(own):
                same = next(iter(named)) if len(named) == 1 and saying and not saying.name else None
                if same and saying and self._fits(same, saying.gender):
                    speakers[at][number] = same  # "said Anna. ... she added"
                else:
                    speakers[at][number] = self._resolved(at, saying, speakers, meant)
            self._by_subject(at, speakers[at])
            self._alike(speakers[at])
            self._goes_on(at, speakers)
        self._take_turns(speakers)
        return [
            Speech(at, quote, speakers[at][number], bool((one := said[at][number]) and one.name))
            for at, own in enumerate(self._quotes)
            for number, quote in enumerate(own)
        ]

    # -- what stands around -------------------------------------------------------------------------------

    def _follow_open(self, language: str, style: str) -> None:
        for block in self.blocks:
            own = primary_language(block.language or language)
            if block.kind not in _TEXT or own != self.tongue:
                self._quotes.append([])
            elif self.tongue == "ru":
                self._quotes.append(russian_quotes(block.text, saying_ru.is_author))
            else:
                self._quotes.append(quotes_in(block.text, style))

    def _gaps(self, at: int) -> list[str]:
        """The narration of a paragraph: before its first quotation, between them, after the last."""
        text, place = self.blocks[at].text, 0
        gaps = []
        for quote in self._quotes[at]:
            gaps.append(text[place : quote.start])
            place = quote.end
        return [*gaps, text[place:]]

    def _sayings(self, at: int) -> list[Saying | None]:
        """For each quotation of a paragraph what the words beside it say."""
        gaps = self._gaps(at)
        found: list[Saying | None] = []
        for number in range(len(self._quotes[at])):
            behind, ahead = gaps[number], gaps[number + 1]
            if self.tongue == "ru":
                found.append(
                    saying_ru.author(ahead) or (saying_ru.author(behind) if behind.strip() else None)
                )
            else:
                found.append(saying_en.after(ahead) or saying_en.before(behind))
        return found

    # -- names --------------------------------------------------------------------------------------------

    def _meet(self, saying: Saying) -> None:
        """A speaker who is named: under the fuller name, where a shorter one is part of only one."""
        name = self._name(saying.name)
        self._know(folded(saying.name), name)
        gender, reason = self._gender_of(saying.name)
        if not gender and saying.gender:
            gender, reason = saying.gender, "the verb"
        if gender:
            self.genders.setdefault(name, (gender, reason))

    def _know(self, key: str, name: str) -> None:
        if key not in self._known:
            self._known[key] = name
            self._words.update(key.split())

    def _name(self, name: str) -> str:
        key = folded(name)
        if key in self._known:
            return self._known[key]
        if len(self._known) >= CAST_SPEAKERS:
            return name  # so many are no story's: who may be whom is not asked any more
        words = _own_words(key)
        alike = {
            full
            for known, full in self._known.items()
            if words
            and (theirs := _own_words(known))
            and (words < theirs or theirs < words)
            and self._may_be(name, full)
        }
        return alike.pop() if len(alike) == 1 else name

    def _may_be(self, name: str, other: str) -> bool:
        one, two = self._gender_of(name)[0], self.genders.get(other, ("", ""))[0] or self._gender_of(other)[0]
        return not one or not two or one == two

    def _gender_of(self, name: str) -> tuple[str, str]:
        return gender_of(name, self.tongue)

    def _learn_genders(self, said: Sequence[Sequence[Saying | None]]) -> None:
        """Of speakers whose names do not tell: by the pronouns in paragraphs where nobody else is named."""
        counts: dict[str, list[int]] = {}
        for at, own in enumerate(said):
            names = {self._name(one.name) for one in own if one and one.name not in ("", FIRST_PERSON)}
            gaps = " ".join(self._gaps(at))
            if len(names) == 1 and set(self._mentioned(gaps)) <= names:
                seen = counts.setdefault(names.pop(), [0, 0])
                for place, pronouns in enumerate(_PRONOUNS[self.tongue]):
                    seen[place] += len(pronouns.findall(gaps))
        for name, (male, female) in counts.items():
            if max(male, female) >= LEAST_PRONOUNS and max(male, female) >= SURE * min(male, female):
                self.genders.setdefault(name, (MALE if male > female else FEMALE, "the pronouns"))

    def _mentioned(self, text: str) -> Iterator[str]:
        """The known speakers who are named in a text, in order."""
        words = [folded(word) for word in _NAME_WORD.findall(text)]
        for place in range(len(words)):
            for length in (4, 3, 2, 1):
                if (name := self._known.get(" ".join(words[place : place + length]))) is not None:
                    yield name
                    break

    # -- rules --------------------------------------------------------------------------------------------

    def _resolved(
        self,
        at: int,
        saying: Saying | None,
        speakers: Sequence[Sequence[str | None]],
        meant: dict[str, str | None],
    ) -> str | None:
        if saying is None:
            return None
        if saying.name == FIRST_PERSON:
            return FIRST_PERSON
        if saying.name:
            return self._name(saying.name)
        if saying.gender not in meant:
            meant[saying.gender] = self._antecedent(at, saying.gender, speakers)
        return meant[saying.gender]

    def _antecedent(self, at: int, gender: str, speakers: Sequence[Sequence[str | None]]) -> str | None:
        """The only one of that gender who was mentioned or spoke just before; None where there are several, or others
        whom nobody knows."""
        before = self._gaps(at)[0]
        own = {name for name in self._mentioned(before) if self._fits(name, gender)}
        if own or self._strangers(before):
            return own.pop() if len(own) == 1 and not self._strangers(before) else None
        if not at:
            return None
        last = next((one for one in reversed(speakers[at - 1]) if one), None)
        near = " ".join(self._gaps(at - 1))
        turn = bool(self._quotes[at - 1]) and not before.strip()
        seen = {
            name
            for name in (*self._mentioned(near), *(one for one in speakers[at - 1] if one))
            if self._fits(name, gender) and not (turn and name == last)
        }
        return seen.pop() if len(seen) == 1 and not self._strangers(near) else None

    def _strangers(self, text: str) -> bool:
        """Whether the narration names somebody, inside a sentence or as its subject, who is no speaker that is known:
        it may be they who speak."""
        find = saying_ru.subject if self.tongue == "ru" else saying_en.subject
        for sentence in _SENTENCE.split(text):
            if (name := find(sentence)) and folded(name) not in self._known:
                return True
            if any(folded(found[0]) not in self._words for found in _INSIDE.finditer(sentence)):
                return True
        return False

    def _fits(self, name: str, gender: str) -> bool:
        own = self.genders.get(name, ("", ""))[0]
        return name != FIRST_PERSON and (not own or own == gender)

    def _by_subject(self, at: int, own: list[str | None]) -> None:
        """A sentence beside the quotation whose subject is a known speaker, and no other speaker is named there."""
        if not own or any(own) or not self._may_turn(at):
            return
        gaps = self._gaps(at)
        named = set(self._mentioned(" ".join(gaps)))
        if len(named) != 1:
            return
        find = saying_ru.subject if self.tongue == "ru" else saying_en.subject
        subjects = {self._known.get(folded(find(gap.lstrip(" ,.—–-")))) for gap in gaps if gap.strip()}
        if named & {name for name in subjects if name}:
            own[0] = named.pop()

    @staticmethod
    def _alike(own: list[str | None]) -> None:
        """Where one of a paragraph's quotations has a speaker, all have."""
        known = {name for name in own if name}
        if len(known) == 1:
            own[:] = [known.pop()] * len(own)

    def _goes_on(self, at: int, speakers: list[list[str | None]]) -> None:
        """A quotation that was left open goes on in the next paragraph, when that begins with one."""
        if not at or not self._quotes[at] or not self._quotes[at - 1]:
            return
        last = self._quotes[at - 1][-1]
        first = self._quotes[at][0]
        if self.tongue == "en" and last.open and first.start == 0:
            if speakers[at][0] is None:
                speakers[at][:] = [one or speakers[at - 1][-1] for one in speakers[at]]
            elif speakers[at - 1][-1] is None:
                speakers[at - 1][:] = [one or speakers[at][0] for one in speakers[at - 1]]

    def _take_turns(self, speakers: list[list[str | None]]) -> None:
        """Fill in dialogues of two, from those who are named, forwards and backwards."""
        for run in self._runs():
            given = [self._one(speakers[at]) for at in run]
            forwards = self._turned(run, given, speakers)
            backwards = self._turned(run[::-1], given[::-1], speakers)[::-1]
            for place, at in enumerate(run):
                front, back = forwards[place], backwards[place]
                answers = place > 1 and front == given[place - 2] and self._between(place, given)
                if given[place] is not None or (front and back and front != back and not answers):
                    continue
                speaker = front or back
                if speaker is None or not self._may_turn(at, speaker) or any(speakers[at]):
                    continue
                around = {name for name in given[max(0, place - AROUND) : place + AROUND + 1] if name}
                if len(around) == 2 or answers:
                    speakers[at][:] = [speaker] * len(speakers[at])

    def _turned(
        self, run: Sequence[int], given: Sequence[str | None], speakers: Sequence[Sequence[str | None]]
    ) -> list[str | None]:
        made: list[str | None] = []
        since = LONGEST_TURNS
        for place, at in enumerate(run):
            if given[place]:
                made.append(given[place])
                since = 0
                continue
            since += 1
            turn = made[-2] if place > 1 and made[-1] and made[-2] != made[-1] else None
            named = {name for number in range(2) if place > number and (name := made[-1 - number])}
            fits = (
                turn is not None
                and since <= LONGEST_TURNS
                and len(named) == 2
                and any(one is None for one in speakers[at])
                and self._may_turn(at, turn)
                and turn not in self._addressed(at)
            )
            made.append(turn if fits else None)
        return made

    def _may_turn(self, at: int, turn: str = "") -> bool:
        """Whether nothing in a paragraph says who speaks, or only that it is *he* or *she*, as ``turn`` is: what is
        said of somebody unknown is not guessed."""
        pronouns = {one.gender for one in self._said[at] if one and not one.name}
        if turn and len(pronouns) == 1:
            return self.genders.get(turn, ("", ""))[0] in pronouns
        speaks = saying_ru.speaks if self.tongue == "ru" else saying_en.speaks
        return not any(speaks(gap) for gap in self._gaps(at))

    @staticmethod
    def _between(place: int, given: Sequence[str | None]) -> bool:
        """Whether it stands between two words of one and the same speaker."""
        return (
            0 < place < len(given) - 1
            and given[place - 1] is not None
            and given[place - 1] == given[place + 1]
        )

    def _addressed(self, at: int) -> set[str]:
        """Those whose names are called in a paragraph: set off by commas inside its quotations."""
        text = self.blocks[at].text
        said = " ".join(text[quote.start : quote.end] for quote in self._quotes[at])
        called = re.findall(r"(?:^|[,!?“\"«—] ?)\s*([^\W\d_][^,.!?…”\"»]{1,40})(?=[,.!?…])", said)
        return {self._known[key] for name in called if (key := folded(name)) in self._known}

    def _runs(self) -> Iterator[list[int]]:
        """Paragraphs of speech one after the other, a speech that goes on over several counted as its first."""
        run: list[int] = []
        for at, own in enumerate(self._quotes):
            if own and run and self._quotes[at - 1] and self._quotes[at - 1][-1].open and self.tongue == "en":
                continue
            if own:
                run.append(at)
                continue
            if len(run) > 1:
                yield run
            run = []
        if len(run) > 1:
            yield run

    @staticmethod
    def _one(own: Sequence[str | None]) -> str | None:
        known = {name for name in own if name}
        return known.pop() if len(known) == 1 else None


@lru_cache(maxsize=2 * CAST_SPEAKERS)
def _own_words(key: str) -> frozenset[str]:
    """The words of a folded name without titles and articles."""
    return frozenset(
        word for word in key.split() if word not in saying_en.TITLES and word not in ("the", "dr")
    )


__all__ = ["LANGUAGES", "Rules", "Speech"]
