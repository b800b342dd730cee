"""Speech of another synthesiser whose own times are known: Festival Lite's (http://cmuflite.org).

Its voices are made of recordings of people, joined (``kal16``) or modelled (``slt``, ``rms``, ``awb``: two Americans
and a Scot), with these people's rhythm and sounds; nothing of it is espeak's. Where ``flite`` is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.align_cases import Case
from pipeline.align.reading import owners
from pipeline.audio.ffmpeg import decode
from pipeline.model import Word

VOICES = ("slt", "rms", "awb", "kal16")
SENTENCES = (
    "The baker opened his shop before the sun had touched the rooftops.",
    "Martha picked blackberries along the old railway, and she kept the best of them for her father.",
    "If you ask a good question, be prepared to wait for an honest answer.",
    "Both brothers had been lost at sea; only the dog came home again.",
    "It takes a great deal of patience to teach a parrot two words.",
    "Under the bridge, where the water runs deep, boys used to dive for coins.",
    "He asked her again and again, and each time she smiled at the window.",
    "Eight white geese crossed the yard in order of their age.",
    "Some people believe that owls are wise, although nobody has ever heard one explain anything.",
    "The judge put down his glasses, looked about, and closed the big black book.",
    "A narrow path led up to the abbey, and in autumn it was often under water.",
    "You owe us an apology, or at least an account of all you did in April.",
    "The clockmaker's daughter could tell the hour by the shadow of a single tree.",
    "We had bread and butter, two eggs each, and a pot of the strongest tea in town.",
    "Nothing in that room had been moved since the day her uncle left for Egypt.",
    "Please keep this door shut, or the cats will get at the pigeons.",
    "Because the road was blocked, they turned back towards Dover and slept in the car.",
    "Any child could see that the king had lost his crown again.",
    "After dinner the captain read us a letter that had been found inside a bottle.",
    "His hands were cold, her hands were warm, and the lantern was almost out of oil.",
    "There is a law against it, but everyone does it all the same.",
    "Thirty-one soldiers guarded the gate while the queen was choosing her gloves.",
    "You and I are as old as this house, and about as likely to fall over.",
    "The third attempt did better than the first, which is not to say that it was good.",
)
RATE = 16_000
"""Hz at which it is listened to."""
_SILENCE = "pau"


def by_flite() -> Iterator[Case]:
    """Every sentence in every voice; nothing where ``flite`` is not installed."""
    if not shutil.which("flite"):
        return
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "said.wav"
        for voice in VOICES:
            for number, sentence in enumerate(SENTENCES):
                words = tuple(Word(text, text) for text in sentence.split())
                sounds = _sounds(voice, sentence, path)
                yield Case(
                    f"{voice}-{number}",
                    "by flite",
                    np.concatenate(list(decode(path, RATE))),
                    RATE,
                    words,
                    "en",
                    _starts(voice, words, sounds),
                )


def _sounds(voice: str, text: str, path: Path | str) -> list[tuple[str, float]]:
    """Each sound, and when it begins (s)."""
    said = subprocess.run(
        ["flite", "-voice", voice, "-psdur", "-t", text, "-o", str(path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    ends = [(name, float(end)) for name, _, end in (one.partition(":") for one in said.split())]
    return [(name, end) for (name, _), end in zip(ends, [0.0, *(end for _, end in ends)], strict=False)]


def _starts(voice: str, words: tuple[Word, ...], sounds: list[tuple[str, float]]) -> tuple[float | None, ...]:
    """When each word begins: sounds are dealt out to the words by what these are made of alone."""
    audible = [sound for sound in sounds if sound[0] != _SILENCE]
    alone = [
        [name for name, _ in _sounds(voice, word.spoken.strip(".,;"), "none") if name != _SILENCE]
        for word in words
    ]
    whose = owners([name for name, _ in audible], alone)
    return tuple(audible[whose.index(number)][1] if number in whose else None for number in range(len(words)))
