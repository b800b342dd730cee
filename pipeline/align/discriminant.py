"""What tells one sound from another, and not one speaker from another.

A linear discriminant (R. Fisher: The use of multiple measurements in taxonomic problems, Annals of Eugenics 7
(1936) 179-188; for speech over several frames R. Haeb-Umbach, H. Ney: Linear discriminant analysis for improved
large vocabulary continuous speech recognition, ICASSP 1992, 13-16). It is learned from espeak alone, no
recording has a part in it: sentences in several languages, each read by many of espeak's voices, in rooms, in
noise, by heads of other sizes. What differs between the voices that say the same sound is no difference; what
differs between sounds is.

``python -m pipeline.align.discriminant`` learns it anew, in about a minute, and writes ``discriminant.npy``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from pipeline.align.mfcc import BANDS, Features, cosines, log_mel
from pipeline.model import Pcm

HOP = 0.005
"""Seconds from one frame to the next."""
COEFFICIENTS = 16
OFFSETS = (-6, -3, -1, 0, 1, 3, 6)
"""Frames that are looked at together: 60 ms."""
DIMENSIONS = 24
_FILE = Path(__file__).with_suffix(".npy")


@cache
def discriminant() -> Features:
    """The linear map from cepstra to what tells sounds apart, shape (offsets * coefficients, DIMENSIONS).

    What comes out varies by about 1 between speakers of one sound, and more between sounds.
    """
    return np.asarray(np.load(_FILE, allow_pickle=False), np.float32)


def cepstra(bands: Features) -> Features:
    """Cepstral coefficients of logarithms of mel bands, shape (frames, COEFFICIENTS)."""
    return np.asarray(bands @ cosines(BANDS, COEFFICIENTS))


def told_apart(cepstra: Features, speech: NDArray[np.bool_]) -> Features:
    """The discriminant's view of cepstra that lie ``HOP`` apart: shape (frames, DIMENSIONS).

    ``speech`` says in which frames somebody speaks, which must be some: that these have mean 0, and variance 1
    before, takes the channel and much of the speaker away.
    """
    seen = _spliced(_standardised(cepstra, speech)) @ discriminant()
    return np.asarray(seen - seen[speech].mean(0), np.float32)


def _standardised(features: Features, those: NDArray[np.bool_]) -> Features:
    chosen = features[those]
    return np.asarray((features - chosen.mean(0)) / (chosen.std(0) + 1e-3), np.float32)


def _spliced(features: Features) -> Features:
    """Each frame with its neighbours beside it, those at the ends repeated."""
    at = np.arange(len(features))
    return np.concatenate([features[np.clip(at + offset, 0, len(at) - 1)] for offset in OFFSETS], axis=1)


# -- learning ----------------------------------------------------------------------------------------------

_SENTENCES = {
    "en": "A thin fog moved over the marsh before dawn, and the geese rose from it one by one. Joe's van would "
    "not start, so he fetched a torch, checked the oil and pushed. Why should those charming young people measure "
    "the depth of our pleasure by a joke about sausages?",
    "de": "Zwölf junge Füchse spielten hinter dem großen Gebüsch, während die Mutter schlief. Möchten Sie lieber "
    "Kaffee oder Pfefferminztee, fragte die Wirtin und zündete eine Kerze an.",
    "fr": "Un bon vin blanc attendait sous la véranda, mais personne n'avait faim. Je voudrais huit oignons, une "
    "gousse d'ail et quelques feuilles de laurier, dit la cuisinière en chuchotant.",
    "es": "El jueves pasado llovió muchísimo y el arroyo se llevó la valla del jardín. Yo quiero zumo de naranja, "
    "churros calientes y un periódico, respondió el guardia.",
    "it": "Gli gnocchi erano già pronti quando lo zio bussò alla porta. Che sciocchezza, esclamò la maestra, "
    "questa chiave non apre nessuna stanza del palazzo.",
    "pl": "Chrząszcz siedział cicho w gęstej trawie, a żaby skrzeczały nad stawem. Dziękuję, odpowiedział ktoś ze "
    "środka, zaraz przyjdę i otworzę.",
    "ru": "Щенок жевал чужую шапку, пока хозяйка кипятила чай. Объясните, пожалуйста, почему этот поезд уходит "
    "так рано, и где мы ещё успеем поужинать.",
    "tr": "Küçük çocuk yağmur altında şarkı söyleyerek köprüden geçti. Öğretmen ise pencereyi açtı ve uzaktaki "
    "vapura doğru gülümsedi.",
    "cmn": "春天的早晨，老师带着学生去山上种树。他们一边走路，一边唱歌，中午才吃饭休息。",
    "hi": "गाँव के बाहर एक पुराना कुआँ था, जहाँ शाम को औरतें पानी भरने आती थीं। बच्चे वहीं खेलते और घर लौटना भूल जाते।",
}
_VOICES = (
    ("", 50), ("m1", 35), ("m2", 60), ("m4", 45), ("m6", 50), ("m8", 55), ("f4", 60), ("f5", 50), ("klatt2", 50),
    ("klatt5", 45), ("belinda", 60), ("michael", 40), ("caleb", 50), ("Alicia", 60), ("john", 40), ("linda", 60),
)  # fmt: skip
"""espeak's variants, each with its pitch."""
_SPEECH_BELOW_PEAK = 7.0
"""Nepers of power under the loudest frames, in which a sound is still to be learned from."""
_SHRINK = 0.02


def learn() -> Features:
    """Learn the discriminant from espeak's voices."""
    within = np.zeros((len(OFFSETS) * COEFFICIENTS,) * 2)
    means, count = [], 0
    for sounds in _learned_from():  # (voices, frames, values)
        mean = sounds.mean(0)
        means.append(mean)
        rest = (sounds - mean).reshape(-1, sounds.shape[2])
        within += rest.T @ rest
        count += len(rest)
    within /= count
    within += _SHRINK * np.trace(within) / len(within) * np.eye(len(within))
    between = np.cov(np.concatenate(means).T)
    white = np.linalg.cholesky(np.linalg.inv(within))
    ratios, directions = np.linalg.eigh(white.T @ between @ white)
    best = np.argsort(-ratios)[:DIMENSIONS]
    return np.asarray(white @ directions[:, best], np.float32)


def _learned_from() -> Iterator[NDArray[np.float32]]:
    """For each language what every voice makes of the same moments of its sentences."""
    random = np.random.default_rng(3)
    for language, text in _SENTENCES.items():
        reference: NDArray[np.float64] = np.zeros(0)
        times: NDArray[np.float64] = np.zeros(0)
        speech: NDArray[np.bool_] = np.zeros(0, np.bool_)
        made = []
        for variant, pitch in _VOICES:
            audio, rate, events = _read_by(language, text, variant, pitch)
            size = float(random.uniform(0.88, 1.12)) if variant else 1.0
            audio = np.asarray(soxr.resample(audio, rate, rate * size), np.int16)
            moments = np.array([0.0, *(events * size), len(audio) / rate])
            bands = log_mel(_in_a_room(audio, rate, random) if variant else audio, rate, HOP)
            if not len(reference):
                reference = moments
                times = np.arange(len(bands), dtype=np.float64) * HOP
                loud = np.log(np.exp(bands).mean(1))
                speech = loud > np.percentile(loud, 95) - _SPEECH_BELOW_PEAK
            if len(moments) != len(reference):
                continue  # this voice has other phonemes
            at = np.rint(np.interp(times, reference, moments) / HOP).astype(np.intp)
            at = np.minimum(at, len(bands) - 1)
            heard = np.zeros(len(bands), np.bool_)
            heard[at[speech]] = True
            made.append(_spliced(_standardised(cepstra(bands), heard))[at[speech]])
        yield np.array(made)


def _read_by(language: str, text: str, variant: str, pitch: int) -> tuple[Pcm, int, NDArray[np.float64]]:
    from pipeline.align.reading import espeak_engine, espeak_voice
    from pipeline.model import Word

    words = [Word(word, word) for word in text.split()]
    said, _, _ = espeak_engine().recite(words, espeak_voice(language), variant=variant, pitch=pitch)
    begins = np.array([sound.sample for sound in said.sounds]) / said.sample_rate
    return said.audio, said.sample_rate, np.maximum.accumulate(begins)


def _in_a_room(audio: Pcm, rate: int, random: np.random.Generator) -> Pcm:
    """With an echo, noise and a colour of its own, all drawn."""
    size = int(rate * random.uniform(0.05, 0.4))
    room = random.normal(size=size) * 10 ** (-3 * np.arange(size) / size)
    room *= random.uniform(0.0, 0.7) / np.sqrt((room**2).sum())
    room[0] = 1.0
    room[1] = random.uniform(-0.6, 0.6)
    length = 1 << (len(audio) + size).bit_length()
    wet = np.fft.irfft(np.fft.rfft(audio, length) * np.fft.rfft(room, length), length)[: len(audio)]
    noise = random.normal(size=len(wet)) * wet.std() * 10 ** (-random.uniform(15, 45) / 20)
    mixed = wet + noise
    return np.asarray(mixed * (20_000 / np.abs(mixed).max()), np.int16)


if __name__ == "__main__":
    np.save(_FILE, learn())
