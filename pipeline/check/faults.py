"""What can be wrong with a take, by name, and what is done about it.

The names are stable: reports, transcripts and commands have them. A check that finds something new adds a line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.model import Doubt


class Remedy(StrEnum):
    """What is done about a take with a fault."""

    REFUSE = "refuse"
    """It is never kept, whatever else there is: it cannot be what the chunk says."""
    REPLACE = "replace"
    """It is spoken again; when the voice cannot do better, another engine speaks it. Words are lost, or drowned."""
    RETRY = "retry"
    """It is spoken again by the same voice, and the best of these takes is kept."""
    TELL = "tell"
    """It is kept as it is, and told: speaking it again would not change it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault."""

    remedy: Remedy
    meaning: str
    """What is meant, as the documentation has it."""


FAULTS: Mapping[str, Fault] = {
    "no-audio": Fault(Remedy.REFUSE, "what the engine returned is no mono 16-bit audio, or it is empty"),
    "nan": Fault(Remedy.REFUSE, "samples that are not numbers"),
    "rate": Fault(Remedy.REFUSE, "a sample rate that is not the voice's"),
    "silence": Fault(Remedy.REFUSE, "nothing but zeros, or near silence"),
    "distorted": Fault(Remedy.REFUSE, "a tenth of the samples or more is clipped"),
    "offset-large": Fault(Remedy.REFUSE, "the mean of the samples is far from zero (DC)"),
    "impossibly-short": Fault(Remedy.REFUSE, "nobody can say the words in that time"),
    "impossibly-long": Fault(Remedy.REFUSE, "nobody takes that long for the words"),
    "shifted": Fault(
        Remedy.REFUSE, "the conversion of the voice moved its words, or made something else of them"
    ),
    "noise": Fault(Remedy.REPLACE, "a steady noise or tone for most of a second or longer"),
    "cut-off": Fault(Remedy.REPLACE, "much too short, and the sound breaks off at its very end"),
    "too-short": Fault(
        Remedy.REPLACE, "much shorter than this voice is for such a text: words may be missing"
    ),
    "words-missing": Fault(Remedy.REPLACE, "words of the text were not heard"),
    "words-different": Fault(Remedy.REPLACE, "other words were heard than those of the text"),
    "too-long": Fault(
        Remedy.RETRY, "much longer than this voice is for such a text: there may be words too many"
    ),
    "repeated": Fault(Remedy.RETRY, "the same passage sounds twice, and the text does not say so"),
    "words-repeated": Fault(Remedy.RETRY, "words were heard twice that the text has once"),
    "words-added": Fault(Remedy.RETRY, "words were heard that are not in the text"),
    "sound-after-end": Fault(Remedy.RETRY, "there is sound after the last word"),
    "gap": Fault(Remedy.RETRY, "a silence within that no punctuation explains"),
    "clipping": Fault(Remedy.RETRY, "more samples are clipped than can be overheard"),
    "loudness": Fault(Remedy.RETRY, "much louder or softer than this voice is elsewhere in the book"),
    "offset": Fault(Remedy.TELL, "the mean of the samples is not zero (DC)"),
    "times": Fault(
        Remedy.TELL, "the engine's word times cannot be right, or are estimates where it gave none"
    ),
    "pronunciation": Fault(Remedy.TELL, "the voice cannot say an IPA of the lexicon"),
    "other-voice": Fault(Remedy.TELL, "another engine spoke it, because the voice could not"),
    "not-heard": Fault(Remedy.TELL, "the speech recognition failed on it, or does not know its language"),
    "not-spoken": Fault(Remedy.TELL, "nobody could speak it: there is a short silence in its place"),
}
"""By name, what is worst first."""

_PLACES = {name: place for place, name in enumerate(FAULTS)}
_WEIGHTS = {Remedy.REFUSE: 1000, Remedy.REPLACE: 100, Remedy.RETRY: 10, Remedy.TELL: 1}


def remedy_of(doubt: Doubt) -> Remedy:
    """What is done about a doubt; one that nobody here knows is told."""
    fault = FAULTS.get(doubt.fault)
    return fault.remedy if fault else Remedy.TELL


def badness(doubts: Iterable[Doubt]) -> tuple[int, ...]:
    """Orders takes by their doubts, the best one first: by what has to be done, then by the worst fault."""
    named = sorted({doubt.fault for doubt in doubts}, key=lambda name: _PLACES.get(name, len(_PLACES)))
    weight = sum(_WEIGHTS[remedy_of(Doubt(name, ""))] for name in named)
    return weight, *(len(_PLACES) - _PLACES.get(name, len(_PLACES)) for name in named)
