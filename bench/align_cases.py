"""Recordings in which it is known to the millisecond when each word begins.

espeak's own events are exact; what is read is made harder to find: by another voice than the reader's, in noise, in a
room, faster, slower, in another rhythm, by a speaker of another language, with gaps. And recordings that people have
timed by hand, where there are any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from pipeline.align.reading import espeak_engine, espeak_voice
from pipeline.audio.ffmpeg import decode
from pipeline.model import Pcm, Word
from pipeline.speech.espeak import SAMPLE_RATE

TEXTS = {
    "en": "The harbour was quiet when the ferry came in. Nobody had expected her so late, and only two lamps were "
    "burning. Margaret counted the steps, from the pier to the old warehouse; there were sixty.",
    "de": "Der Bäcker an der Ecke öffnet schon um fünf Uhr. Wer früh genug kommt, bekommt warme Brötchen und einen "
    "Gruß dazu. Im Winter brennt hinter der Scheibe ein kleines Licht.",
    "fr": "La rivière traverse le village sans se presser. Les enfants y jettent des cailloux, et le vieux pont les "
    "regarde passer. Quand la nuit tombe, on entend seulement le moulin.",
    "es": "Mi abuela guardaba las cartas en una caja azul. Cada domingo leía una en voz alta, siempre despacio. "
    "Nosotros escuchábamos sin movernos, sentados junto a la ventana.",
    "it": "Il treno per la montagna parte ogni mattina alle sette. Dal finestrino si vedono i campi, poi il lago, "
    "poi la neve. Mio padre dormiva sempre prima della terza stazione.",
    "pt": "O mercado abre cedo, antes de nascer o sol. As mulheres trazem peixe, fruta e flores do outro lado da "
    "baía. Ninguém tem pressa, porque o dia é longo.",
    "nl": "De molen stond al jaren stil naast het kanaal. Op een ochtend begon hij weer te draaien, zonder dat er "
    "wind was. Niemand in het dorp durfde te vragen waarom.",
    "pl": "Stary zegar na wieży spóźniał się o kwadrans. Mieszkańcy przywykli do tego dawno, więc wszyscy spóźniali "
    "się razem z nim. Tylko listonosz nosił własny zegarek.",
    "ru": "Зимой дорога через лес была совсем пустой. Иногда проезжали сани, и снова становилось тихо. Мальчик стоял "
    "у окна, считал деревья и ждал отца.",
    "sv": "Båten låg kvar vid bryggan hela hösten. Ingen visste vem som ägde den, men alla hade någon gång rott den. "
    "Till slut frös sjön, och båten med den.",
}
"""Ten languages; none of these sentences is one that the discriminant is learned from."""
VOICES = (("m3", 1.1, 40), ("f2", 0.9, 60), ("klatt4", 1.0, 50))
"""espeak's variant, rate and pitch; none is one that reads, or that the discriminant is learned from."""
STRANGERS = (
    ("en", "en-gb-scotland"), ("en", "en-us"), ("en", "en-029"), ("it", "es"), ("es", "it"), ("pt", "es"),
    ("sv", "nb"), ("nl", "af"), ("de", "nl"), ("pl", "cs"), ("fr", "pt"), ("ru", "bg"), ("en", "de"),
)  # fmt: skip
"""A language, and the voice that reads it with another accent or without knowing it."""
STRANGE_VOICES = ("m5", "f3", "klatt3", "m7", "f1", "steph")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A recording whose words are known."""

    name: str
    condition: str
    audio: Pcm
    sample_rate: int
    words: tuple[Word, ...]
    language: str
    starts: tuple[float | None, ...]
    """When each word begins, in seconds; None where nobody knows."""


def synthetic(languages: Sequence[str] = tuple(TEXTS)) -> Iterator[Case]:
    """Cases that espeak speaks, the same ones every time."""
    random = np.random.default_rng(1)
    for language in languages:
        for variant, rate, pitch in VOICES:
            clean = _spoken(language, language, variant, rate, pitch)
            yield replace(clean, condition="another voice")
            yield _stretched(clean, 0.75)
            yield _stretched(clean, 1.35)
            yield _changed(clean, "in noise, 15 dB", lambda audio: in_noise(audio, 15, random))
            yield _changed(clean, "in a room, 0.5 s", lambda audio: in_a_room(audio, 0.5, random))
            yield _in_another_rhythm(clean, random)
            yield _with_gaps(clean, random)
    for number, (language, reader) in enumerate(STRANGERS):
        if language in languages:
            variant = STRANGE_VOICES[number % len(STRANGE_VOICES)]
            pace, pitch = float(random.uniform(0.85, 1.15)), int(random.integers(30, 70))
            stranger = _spoken(language, reader, variant, pace, pitch)
            yield replace(stranger, condition="another accent")


def timed_by_hand(folder: Path) -> Iterator[Case]:
    """Recordings (.wav) with their words in a TextGrid of Praat beside them; in English.

    Those shorter than ten seconds are sentences that were read, others conversation. The sentences are there a second
    time, joined with gaps.
    """
    sentences: list[Case] = []
    for grid in sorted(folder.rglob("*.TextGrid")):
        sound = grid.with_suffix(".wav")
        found = _words_of_grid(grid)
        if not sound.is_file() or not found:
            continue
        audio = np.concatenate(list(decode(sound, 16_000)))
        read = len(audio) < 160_000
        case = Case(
            grid.stem,
            "by hand, sentences" if read else "by hand, conversation",
            audio,
            16_000,
            tuple(Word(text, text) for _, text in found),
            "en",
            tuple(start for start, _ in found),
        )
        yield case
        sentences += [case] if read else []
    if sentences:
        yield _joined(sentences, np.random.default_rng(5))


def _words_of_grid(path: Path) -> list[tuple[float, str]]:
    """Start and text of the words: of the tier named Text, or else word."""
    tiers = re.split(r'name = "', path.read_text(encoding="utf-8", errors="replace"))[1:]
    by_name = {tier.partition('"')[0].lower(): tier for tier in tiers}
    tier = by_name.get("text") or by_name.get("word") or by_name.get("words") or ""
    interval = r'xmin = ([\d.]+)\s+xmax = [\d.]+\s+text = "([^"]*)"'
    found = [(float(start), text.strip()) for start, text in re.findall(interval, tier)]
    return [(start, text) for start, text in found if any(map(str.isalpha, text)) and text.lower() != "sil"]


def _spoken(language: str, reader: str, variant: str, rate: float, pitch: int) -> Case:
    words = tuple(Word(text, text) for text in TEXTS[language].split())
    said, starts, _ = espeak_engine().recite(words, espeak_voice(reader), rate, variant=variant, pitch=pitch)
    known = tuple(None if start is None else start / SAMPLE_RATE for start in starts)
    return Case(f"{language}-{reader}-{variant}", "", said.audio, SAMPLE_RATE, words, language, known)


def _changed(case: Case, condition: str, change: Callable[[Pcm], Pcm]) -> Case:
    return replace(case, condition=condition, audio=change(case.audio))


def _moved(case: Case, condition: str, audio: Pcm, new: Callable[[float], float]) -> Case:
    starts = tuple(None if start is None else new(start) for start in case.starts)
    return replace(case, condition=condition, audio=audio, starts=starts)


def _stretched(case: Case, pace: float) -> Case:
    audio, new = paced(case.audio, case.sample_rate, lambda grid: np.full(len(grid), 1 / pace))
    return _moved(case, "faster and slower", audio, new)


def _in_another_rhythm(case: Case, random: np.random.Generator) -> Case:
    """Every 150 ms at another pace, by a head of another size, in a small room."""
    rate = case.sample_rate
    size = float(random.uniform(0.9, 1.1))
    audio = np.asarray(soxr.resample(case.audio, rate, rate * size), np.int16)

    def pace(grid: np.ndarray) -> np.ndarray:
        every = np.arange(int(grid[-1] / 0.15) + 3)
        paces = np.exp(np.clip(random.normal(size=len(every)) * 0.45, -0.7, 0.6))
        return np.asarray(np.interp(grid, every * 0.15, paces)) / size

    audio, new = paced(audio, rate, pace)
    audio = in_noise(in_a_room(audio, 0.15, random), 30, random)
    return _moved(case, "another rhythm and head", audio, lambda second: new(second * size))


def _with_gaps(case: Case, random: np.random.Generator) -> Case:
    """Pauses of 0.3 to 2.5 s after sentences and of 0.1 to 0.8 s after commas, most of the time; a little noise."""
    pieces, shift, before, shifts = [], 0, 0, []
    for index, start in enumerate(case.starts):
        mark = case.words[index - 1].text[-1] if index else ""
        if start is not None and mark in (".", ",", ";") and random.random() < 0.7:
            seconds = random.uniform(0.3, 2.5) if mark == "." else random.uniform(0.1, 0.8)
            gap, cut = round(seconds * case.sample_rate), round(start * case.sample_rate)
            pieces += [case.audio[before:cut], np.zeros(gap, np.int16)]
            before, shift = cut, shift + gap
        shifts.append(shift / case.sample_rate)
    audio = np.concatenate([*pieces, case.audio[before:]])
    audio = np.clip(audio + random.normal(size=len(audio)) * 15, -32768, 32767).astype(np.int16)
    starts = tuple(
        None if start is None else start + shift for start, shift in zip(case.starts, shifts, strict=True)
    )
    return replace(case, condition="gaps", audio=audio, starts=starts)


def _joined(cases: Sequence[Case], random: np.random.Generator) -> Case:
    """The cases one after the other, with half a second to three between them."""
    pieces: list[Pcm] = []
    words: list[Word] = []
    starts: list[float | None] = []
    size = 0
    for case in cases:
        starts += [None if start is None else start + size / case.sample_rate for start in case.starts]
        words += case.words
        gap = (random.normal(size=round(random.uniform(0.5, 3) * case.sample_rate)) * 4).astype(np.int16)
        pieces += [case.audio, gap]
        size += len(case.audio) + len(gap)
    first = cases[0]
    return Case(
        "joined", "by hand, joined with gaps", np.concatenate(pieces), first.sample_rate, tuple(words), "en",
        tuple(starts),
    )  # fmt: skip


# -- what is done to sound -----------------------------------------------------------------------------------


def in_noise(audio: Pcm, decibels: float, random: np.random.Generator) -> Pcm:
    """With white noise that far below the speech."""
    loud = audio[np.abs(audio.astype(np.int32)) > 100].astype(np.float64)
    noise = random.normal(size=len(audio)) * np.sqrt((loud**2).mean()) / 10 ** (decibels / 20)
    return _full(audio + noise)


def in_a_room(audio: Pcm, seconds: float, random: np.random.Generator) -> Pcm:
    """With the echo of a room in which sound needs so long to fade by 60 dB."""
    size = int(seconds * SAMPLE_RATE)
    room = random.normal(size=size) * 10 ** (-3 * np.arange(size) / size)
    room[: int(0.005 * SAMPLE_RATE)] = 0
    room *= 0.7 / np.sqrt((room**2).sum())
    room[0] = 1
    length = 1 << (len(audio) + size).bit_length()
    wet = np.fft.irfft(np.fft.rfft(audio, length) * np.fft.rfft(room, length), length)
    return _full(wet[: len(audio) + size // 2])


def paced(
    audio: Pcm,
    rate: int,
    pace: Callable[[np.ndarray], np.ndarray],
) -> tuple[Pcm, Callable[[float], float]]:
    """The sound at another speed and the same pitch, and where each second of it has gone.

    ``pace`` gives for a grid of seconds how much longer each lasts. W. Verhelst, M. Roelands: An overlap-add
    technique based on waveform similarity (WSOLA), ICASSP 1993, 554-557.
    """
    grid = np.arange(0, len(audio) / rate, 0.005)
    moved = np.concatenate([[0.0], np.cumsum(pace(grid) * 0.005)])[: len(grid)]
    size = int(0.024 * rate)
    half, reach = size // 2, int(0.006 * rate)
    window, total = np.hanning(size), int(moved[-1] * rate)
    made = np.zeros(total + 2 * size)
    sound = np.concatenate([np.zeros(size), audio.astype(np.float64), np.zeros(3 * size)])
    last = -1
    for at in range(0, total, half):
        best = int(np.interp(at / rate, moved, grid) * rate) + size
        if 0 <= last + half < len(sound) - 2 * size and last >= 0:
            follows = sound[last + half : last + half + size]
            best += (
                int(np.correlate(sound[best - reach : best + reach + size], follows, "valid").argmax())
                - reach
            )
        made[at : at + size] += sound[best : best + size] * window
        last = best
    return _full(made[:total]), lambda second: float(np.interp(second, grid, moved))


def _full(sound: np.ndarray) -> Pcm:
    return np.asarray(sound * min(1.0, 32_000 / max(np.abs(sound).max(), 1)), np.int16)
