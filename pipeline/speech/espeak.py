"""espeak-ng: robotic, instant, in more than a hundred languages. The voice of drafts, tests and last resort.

Measured with espeak-ng 1.52 on one core, reloading the library for each chunk and mapping the words included:
about 1,400 times as fast as real time with chunks of 800 characters, 900 times with chunks of 110.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.align.engine_timings import timings_from_starts
from pipeline.align.estimate import letters_in
from pipeline.errors import SpeechFailed
from pipeline.model import Chunk, Doubt, SpeakingOptions, Take, Voice, Word
from pipeline.speech.engine import EngineContext, EngineLimits, limits_by_script, require_rate, unsayable
from pipeline.speech.espeak_ipa import SoundKind, ipa_table, sound_kinds
from pipeline.speech.espeak_library import (
    EspeakLibrary,
    LibraryVoice,
    Recital,
    WordEvent,
    find_library,
)
from pipeline.speech.espeak_onsets import onsets
from pipeline.speech.espeak_text import lay_out
from pipeline.speech.facts import EngineFacts, Parameter

DRIVER = 1
"""Part of every voice's revision: raise it when this module makes espeak sound different."""

SAMPLE_RATE = 22_050
WORDS_PER_MINUTE = 175
"""espeak's own speed, that of rate 1."""
SLOWEST, FASTEST = 0.5, 2.5
"""Outside it espeak would clamp the rate (80 words a minute) or change its method (450)."""

_WEAKEST_PRIORITY = 5
"""espeak lists Belgian French for "fr" too, with priority 8; such offers would win over nothing but
confusion."""
_SECONDS_PER_CHARACTER = 2.0
_SPARE_SECONDS = 10.0
"""The longest a text can take: a single symbol may be read as several words."""
_CLAUSE_PHONEMES = (600, 250, 100)
"""espeak 1.52 silently drops what goes beyond about 1,000 phonemes without punctuation, which happens in
scripts without spaces (200 Chinese characters), and in chains of symbols and digits. So we add a comma
before it happens, by estimate; when something is left out all the same, the text is spoken again with more
of them."""
_PITCHES = ((14, 35, 50, 65, 80, 99), (0.75, 0.867, 1.0, 1.166, 1.358, 1.68))
"""espeak's numbers for pitches, and what becomes of them: medians measured in English, German, Russian and French,
which agree within 2 %. Below 14 its voices hardly become lower."""
_LETTERS_PER_SECOND = 60.0
_LEAST_LETTERS = 40
"""Nobody speaks this much this fast (espeak says about 18 letters a second): such a stretch was left out."""
_CAVEATS = {
    "ja": "espeak reads kana only and names most kanji instead of reading them; use another voice where you can"
}
"""What espeak reads badly, by voice."""
_DISTINCT = "f2 m3 f4 m7 f3 m1 f5 m8 f1 m4 m5 m2 m6".split()
_VARIANT = re.compile(r"[\w ]{1,40}")
_GENDER = re.compile(r"^gender +(male|female)", re.M)

FACTS = EngineFacts(
    title="eSpeak NG",
    homepage="https://github.com/espeak-ng/espeak-ng",
    about="Formant synthesis: it sounds like a robot, makes an hour of speech in a few seconds and is part of "
    "every installation. The voice of drafts, and the last resort of every other engine.",
    hardware="Any CPU; one core makes several hundred seconds of speech a second.",
    licence="GPL-3.0-or-later",
    weights_licence="Its voices are part of its code.",
    languages=("mul",),
    timings="espeak tells when each word begins.",
    limits="It drops what goes beyond about 1,000 phonemes without punctuation, so commas are added before that.",
    exercised="All of it, in more than a hundred languages.",
    traps=(
        "It reads kanji badly and digits as several words: it is given spoken forms, and Japanese is doubted.",
        "Its state is one for the whole process: the library is loaded anew for each chunk.",
    ),
    parameters=(
        Parameter("pitch", 0.75, 1.65, 1.0, "How high it speaks; 1 is the voice's own, 1.5 a fifth higher."),
    ),
)


class EspeakEngine:
    """Speaks through libespeak-ng; every take has its words timed by espeak's own events."""

    name: ClassVar[str] = "espeak"
    native_timings: ClassVar[bool] = True
    hidden: ClassVar[bool] = False
    facts: ClassVar[EngineFacts] = FACTS

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when there is no usable library. The device is always the CPU."""
        self._library = find_library()
        self._voices = tuple(_spoken_by(self._library, self.name))
        """The library and its data are the same as long as the process is."""
        self._identifiers = {voice.id: identifier for voice, identifier in self._voices}

    def voices(self) -> Iterable[Voice]:
        """All languages of the library whose dictionaries are there."""
        return [voice for voice, _ in self._voices]

    def variant(self, voice: Voice, name: str) -> Voice | None:
        """The voice with another throat: one of the files in espeak's ``voices/!v``."""
        path = self._library.data / "voices" / "!v" / name
        if not _VARIANT.fullmatch(name) or not path.is_file():
            return None
        gender = _GENDER.search(path.read_text("utf-8", errors="replace"))
        return replace(
            voice,
            name=f"{voice.name}+{name}",
            id=f"{voice.id}+{name}",
            gender=gender[1] if gender else voice.gender,
            description=f"{voice.description}, {name}",
        )

    def mixed(self, identity: str) -> Voice | None:
        """The variant of one of its voices that ``en-us+f3`` names."""
        base, plus, name = identity.partition("+")
        found = next((voice for voice in self.voices() if voice.id == base), None) if plus else None
        return self.variant(found, name) if found else None

    def variants(self, voice: Voice) -> Iterable[Voice]:
        """Women and men in turn, the most unlike first."""
        found = (self.variant(voice, name) for name in _DISTINCT)
        return [one for one in found if one is not None]

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Chunks as long as espeak's own clause buffer (800 characters): longer ones are hardly faster.

        Large batches: at this speed a task's own cost counts.
        """
        return limits_by_script(
            language,
            characters=800,
            syllables=250,
            batch_seconds=300.0,
            characters_per_second=15.5,
            syllables_per_second=4.0,
            ipa=True,
        )

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """One take for each chunk. Raises ``SpeechFailed``, and ``SettingsError`` for an impossible rate."""
        require_rate(options.rate, SLOWEST, FASTEST, "espeak")
        for chunk in chunks:
            yield self._take(chunk.words, voice, options)

    def recite(
        self,
        words: Sequence[Word],
        voice: Voice,
        rate: float = 1.0,
        *,
        variant: str = "",
        pitch: int | None = None,
    ) -> tuple[Recital, list[int | None], tuple[Doubt, ...]]:
        """All that espeak tells when it says ``words``, the sample at which each begins (None where it does not
        say), and what is in doubt.

        ``variant`` names one of espeak's ways to sound (``f2``), ``pitch`` is 0 to 99. Raises ``SpeechFailed``.
        """
        phonemes, doubts = self._sounds(words, voice)
        for clause in _CLAUSE_PHONEMES:
            text, spans = lay_out(words, clause, phonemes)
            if not text.strip():
                raise SpeechFailed("There is nothing to say in a chunk that was given to espeak.")
            longest = (len(text) * _SECONDS_PER_CHARACTER + _SPARE_SECONDS) / rate
            said = self._library.recite(
                text,
                self._identifier(voice) + (f"+{variant}" if variant else ""),
                round(WORDS_PER_MINUTE * rate),
                round(longest * SAMPLE_RATE),
                phonemes=any(phonemes),
                sounds=True,
                pitch=pitch,
            )
            if said.sample_rate != SAMPLE_RATE:
                raise SpeechFailed(f"espeak spoke at {said.sample_rate} Hz instead of {SAMPLE_RATE}.")
            if not np.any(said.audio):
                raise SpeechFailed(f"espeak made no sound for “{text[:60]}”.")
            starts = _starts(onsets(said, self.kind_of), spans)
            lost = _left_out(words, starts, len(said.audio), SAMPLE_RATE / rate)
            if not lost:
                return said, starts, doubts
        raise SpeechFailed(f"espeak left out about {len(lost)} characters: “{lost[:60]}”.")

    def kind_of(self, sound: str) -> SoundKind:
        """What kind of sound espeak means by its name of a phoneme."""
        return sound_kinds(self._library.data).get(sound, SoundKind.OTHER)

    def _take(self, words: Sequence[Word], voice: Voice, options: SpeakingOptions) -> Take:
        wanted = options.parameter("pitch", 1.0)
        said, starts, doubts = self.recite(
            words, voice, options.rate, pitch=None if wanted == 1.0 else pitch_number(wanted)
        )
        timings = timings_from_starts(words, starts, said.audio, SAMPLE_RATE)
        return Take(said.audio, SAMPLE_RATE, timings, doubts=doubts)

    def _sounds(self, words: Sequence[Word], voice: Voice) -> tuple[list[str], tuple[Doubt, ...]]:
        """For each word with IPA its phonemes by espeak's names, else nothing; and what has no such names."""
        if not any(word.ipa for word in words):
            return [""] * len(words), ()
        table = ipa_table(self._library, self._identifier(voice).partition("+")[0])
        sounds = [(table.named(word.ipa) or "") if word.ipa else "" for word in words]
        unknown = dict.fromkeys(
            word.ipa for word, sound in zip(words, sounds, strict=True) if word.ipa and not sound
        )
        return sounds, unsayable(words, unknown, f"has a sound that {voice.name} cannot say")

    def _identifier(self, voice: Voice) -> str:
        base, plus, variant = voice.id.partition("+")
        try:
            return self._identifiers[base] + plus + variant
        except KeyError as error:
            raise SpeechFailed(f"espeak has no voice “{voice.id}” on this machine.") from error


def _spoken_by(library: EspeakLibrary, engine: str) -> Iterator[tuple[Voice, str]]:
    """The voices of a library, each with its identifier there: the first of each language whose dictionary exists."""
    revision, seen = f"{DRIVER}-{library.revision}", set[str]()
    for entry in library.voices:
        identity = entry.languages[0][0]
        if identity in seen or not _has_dictionary(entry, library.data):
            continue
        seen.add(identity)
        yield (
            Voice(
                name=f"{engine}:{identity}",
                engine=engine,
                id=identity,
                languages=_tags(entry),
                sample_rate=SAMPLE_RATE,
                revision=revision,
                gender=entry.gender,
                licence="GPL-3.0-or-later (the program; what it says is free of it)",
                description=entry.name,
                caveat=_CAVEATS.get(identity, ""),
            ),
            entry.identifier,
        )


def pitch_number(pitch: float) -> int:
    """What espeak calls a pitch that is so many times the voice's own."""
    return round(float(np.interp(pitch, _PITCHES[1], _PITCHES[0])))


def _starts(events: Sequence[WordEvent], spans: Sequence[tuple[int, int] | None]) -> list[int | None]:
    """The first sample of each word that espeak names: its earliest event (a number makes several)."""
    starts: list[int | None] = [None] * len(spans)
    indices = [index for index, span in enumerate(spans) if span]
    begins = [span[0] for span in spans if span]
    ends = [span[1] for span in spans if span]
    for event in events:
        at = bisect_right(begins, event.character) - 1
        if at < 0 or event.character >= ends[at]:
            continue  # in the space after a word: the later parts of a symbol that is read as several words
        index = indices[at]
        known = starts[index]
        starts[index] = event.sample if known is None else min(known, event.sample)
    return starts


def _left_out(
    words: Sequence[Word], starts: Sequence[int | None], length: int, samples_per_second: float
) -> str:
    """A stretch of text that was passed over in no time; empty when all was said."""
    begin, stretch = 0, ""
    for word, start in [*zip(words, starts, strict=True), (Word("", ""), length)]:
        if start is not None:
            fastest = _LETTERS_PER_SECOND * (start - begin) / samples_per_second
            if len(stretch) >= _LEAST_LETTERS / 3 and letters_in(stretch) > max(_LEAST_LETTERS, fastest):
                return stretch
            begin, stretch = start, ""
        stretch += word.spoken
    return ""


def _tags(entry: LibraryVoice) -> tuple[str, ...]:
    """BCP 47 tags, the voice's own first; espeak's ``zh-cmn`` style is left out, ``cmn`` and ``zh`` say
    it."""
    own = entry.languages[0][0]
    others = [
        tag
        for tag, priority in entry.languages[1:]
        if (priority <= _WEAKEST_PRIORITY or "-" in tag) and not tag.startswith("zh-")
    ]
    return tuple(dict.fromkeys([own, *others]))


def _has_dictionary(entry: LibraryVoice, data: Path) -> bool:
    """Some builds list voices whose dictionary they lack: these would spell out every word."""
    definition = data / "lang" / entry.identifier
    dictionary = entry.languages[0][0].split("-")[0]
    if definition.is_file():
        for line in definition.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("dictionary "):
                dictionary = line.split()[1]
    return (data / f"{dictionary}_dict").is_file()
