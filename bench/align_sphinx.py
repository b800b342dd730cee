"""PocketSphinx as a forced aligner (https://github.com/cmusphinx/pocketsphinx), where it is installed.

Its wheel brings a hidden Markov model of American English and a dictionary. It is no part of the project: with
``pip install pocketsphinx`` in the environment that runs ``bench.align`` it stands beside the others.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import soxr

from pipeline.errors import AlignFailed
from pipeline.model import Pcm, Timing, Word

RATE = 16_000
_FRAME = 0.01


def installed() -> bool:
    """Whether it is here."""
    return importlib.util.find_spec("pocketsphinx") is not None


def sphinx(audio: Pcm, sample_rate: int, words: Sequence[Word], language: str) -> Sequence[Timing]:
    """Times of the words, by state alignment. Raises ``AlignFailed`` for what is not English or not found.

    A word that its dictionary lacks has no time of its own: it begins where the one before it ends.
    """
    import pocketsphinx  # type: ignore[import-not-found,import-untyped,unused-ignore]

    if not language.startswith("en"):
        raise AlignFailed("PocketSphinx's wheel has a model of English alone.")
    if sample_rate != RATE:
        audio = np.asarray(soxr.resample(audio, sample_rate, RATE), np.int16)
    decoder = pocketsphinx.Decoder(
        lm=None, loglevel="FATAL", bestpath=False, beam=1e-80, wbeam=1e-60, pbeam=1e-80
    )
    plain = [re.sub(r"[^a-z' ]", "", word.spoken.lower().replace("-", " ")).split() for word in words]
    known = [[one for one in pieces if decoder.lookup_word(one)] for pieces in plain]
    decoder.set_align_text(" ".join(one for pieces in known for one in pieces))
    try:
        _hear(decoder, audio)
        decoder.set_alignment()
        _hear(decoder, audio)
    except RuntimeError as error:
        raise AlignFailed(f"PocketSphinx: {error}.") from error
    alignment = decoder.get_alignment()
    if alignment is None:
        raise AlignFailed("PocketSphinx did not find the words.")
    found = [one for one in alignment if re.sub(r"\(\d+\)$", "", one.name) in {w for p in known for w in p}]
    if len(found) != sum(map(len, known)):
        raise AlignFailed("PocketSphinx did not find all words.")
    timings, at, place = [], 0.0, 0
    for pieces in known:
        mine = found[place : place + len(pieces)]
        place += len(pieces)
        start = mine[0].start * _FRAME if mine else at
        at = (mine[-1].start + mine[-1].duration) * _FRAME if mine else at
        timings.append(Timing(start, at))
    return timings


def _hear(decoder: Any, audio: Pcm) -> None:
    decoder.start_utt()
    decoder.process_raw(audio.tobytes(), no_search=False, full_utt=True)
    decoder.end_utt()
