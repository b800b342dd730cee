"""Where the words that espeak says are heard to begin, which is not always where it tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pipeline.speech.espeak_ipa import SoundKind
from pipeline.speech.espeak_library import Recital, WordEvent

OUT_OF_NASAL = 0.02
"""Seconds from the end of a nasal to where espeak tells the vowel after it: the vowel's first movement."""


def onsets(said: Recital, kind_of: Callable[[str], SoundKind]) -> list[WordEvent]:
    """The words of ``said``, which has its sounds, with the samples at which they are heard to begin.

    espeak makes a nasal or a liquid in one go with the beginning of a vowel that follows (``Generate`` in its
    synthesize.c). When that vowel begins a word, the word is told before all of it, by as much as 0.1 s, and the
    vowel after it. In between is where the one becomes the other: at the end of a nasal, half-way out of a liquid.
    And it may pause a little between two vowels, which it tells after the word.
    """
    found = []
    for word in said.words:
        begin = word.sample
        if 0 < word.sounds < len(said.sounds):
            before, first = said.sounds[word.sounds - 1], said.sounds[word.sounds]
            if kind_of(first.name) is SoundKind.VOWEL:
                match kind_of(before.name):
                    case SoundKind.NASAL:
                        begin = first.sample - round(OUT_OF_NASAL * said.sample_rate)
                    case SoundKind.LIQUID:
                        begin = (before.sample + first.sample) // 2
                    case SoundKind.VOWEL:
                        begin = first.sample
        found.append(replace(word, sample=max(begin, word.sample)))
    return found
