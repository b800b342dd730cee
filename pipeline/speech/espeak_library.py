"""libespeak-ng through ctypes: find it, load it, let it speak one text, and put it away again.

The library keeps state between utterances that nothing in its interface resets (measured with 1.52: a text
spoken after another comes out a few samples longer; ``espeak_Terminate``, ``espeak_ng_SetRandSeed`` and
setting the voice again do not help). So the library is unloaded and loaded anew for every text, which costs
about 2 ms and makes what it says depend on the text alone. See ``speak_lib.h`` of espeak-ng for the
functions and structures.
"""

from __future__ import annotations

import _ctypes
import ctypes
import hashlib
import os
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_short, c_size_t, c_ubyte, c_uint, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.model import Pcm

LIBRARY = "VOXPRESS_ESPEAK_LIBRARY"
"""Environment: path of the libespeak-ng to use instead of the one found."""
DATA = "VOXPRESS_ESPEAK_DATA"
"""Environment: path of its ``espeak-ng-data`` folder; needed only when the library does not know it."""

_OLDEST = (1, 51)
"""Releases before it lack voices and the exact ``sample`` field of events."""
_OF_THE_WHEEL = (1, 52)
"""The release in the espeakng-loader wheel: a system's that is not older is preferred to it."""
_SYSTEM_NAMES = ("libespeak-ng.so.1", "libespeak-ng.1.dylib", "libespeak-ng.dylib")
_LONGEST_DATA_PATH = 150
"""Bytes. Longer paths do not fit into espeak's own buffer (160), and it then finds no data at all."""

_SYNCHRONOUS = 2
_BUFFER_MS = 500
_DONT_EXIT = 0x8000
_UTF8 = 1
_PHONEMES = 0x100
"""``[[...]]`` in a text are phonemes by espeak's names."""
_IPA = 2
_BY_CHARACTER = 1
_RATE = 1
_PITCH = 3
_WORD_EVENT = 1
_SOUND_EVENT = 7
_WITH_SOUND_EVENTS = 1
_LAST_EVENT = 0


class _EventId(ctypes.Union):
    _fields_ = [("number", c_int), ("name", c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", c_int), ("unique_identifier", c_uint), ("text_position", c_int), ("length", c_int),
        ("audio_position", c_int), ("sample", c_int), ("user_data", c_void_p), ("id", _EventId),
    ]  # fmt: skip


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", c_char_p), ("languages", c_void_p), ("identifier", c_char_p), ("gender", c_ubyte),
        ("age", c_ubyte), ("variant", c_ubyte), ("unused", c_ubyte), ("score", c_int), ("spare", c_void_p),
    ]  # fmt: skip


class _DlInfo(ctypes.Structure):
    """``Dl_info`` of ``dladdr(3)``."""

    _fields_ = [("file", c_char_p), ("base", c_void_p), ("symbol", c_char_p), ("address", c_void_p)]


_Callback = ctypes.CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))


@dataclass(frozen=True, slots=True)
class WordEvent:
    """espeak begins to say a word."""

    character: int
    """Of the text, from 0."""
    sample: int
    """Of the audio, from 0."""
    sounds: int = 0
    """How many sounds were told before it: the number of its first one."""


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """espeak begins a sound: a phoneme, or a pause."""

    name: str
    """By espeak's own names of phonemes, stress marks left out; empty for a pause."""
    sample: int


@dataclass(frozen=True, slots=True)
class Recital:
    """All that espeak says when it speaks a text."""

    audio: Pcm
    sample_rate: int
    words: tuple[WordEvent, ...]
    sounds: tuple[SoundEvent, ...]
    """Empty unless they were asked for."""


@dataclass(frozen=True, slots=True)
class LibraryVoice:
    """One entry of espeak's own list."""

    identifier: str
    """Path below the data's ``lang`` folder: ``gmw/en-US``."""
    name: str
    languages: tuple[tuple[str, int], ...]
    """Language tags in lower case, each with espeak's priority: the lower, the better it fits."""
    gender: str


# One library is loaded at a time: its state is global to the process.
_lock = threading.Lock()


class EspeakLibrary:
    """One libespeak-ng with its data."""

    def __init__(self, path: Path, data: Path | None, origin: str = "") -> None:
        """Raise ``EngineUnavailable`` when the library cannot be used."""
        self.path = path
        self.origin = origin
        """``system``, ``wheel`` or ``environment``: who says that it is to be used."""
        self._path = path
        self._data_argument = self._short(data) if data else None
        with self._loaded() as library:
            found = c_char_p()
            self.version: str = library.espeak_Info(ctypes.byref(found)).decode()
            self.data = data or Path((found.value or b"").decode())
            self.voices = tuple(_voices(library))
        self.release = _release(self.version)
        if self.release < _OLDEST:
            raise EngineUnavailable(
                f"espeak-ng {self.version} at {path} is too old: 1.51 or later is needed; install the "
                "package espeakng-loader."
            )
        if _resident(self._path):
            raise EngineUnavailable(
                f"The espeak-ng library at {path} cannot be unloaded, so what it says would depend "
                "on what it said before; install the package espeakng-loader."
            )

    @property
    def revision(self) -> str:
        """Version and a hash of the library and its data: the same wherever the same espeak is installed."""
        return _revision(self.version, self._path, self.data)

    def speak(
        self, text: str, identifier: str, words_per_minute: int, longest: int, *, phonemes: bool = False
    ) -> tuple[Pcm, int, list[WordEvent]]:
        """Speak ``text``: mono samples, the sample rate in Hz, and the word events in order.

        ``longest`` is the most samples that are believed; espeak is stopped there, and ``SpeechFailed``
        raised, as when it will not take the text or the voice. SSML is read as plain text, and so is what
        stands in ``[[...]]`` unless ``phonemes`` says that it is espeak's names of sounds.
        """
        said = self.recite(text, identifier, words_per_minute, longest, phonemes=phonemes)
        return said.audio, said.sample_rate, list(said.words)

    def recite(
        self,
        text: str,
        identifier: str,
        words_per_minute: int,
        longest: int,
        *,
        phonemes: bool = False,
        sounds: bool = False,
        pitch: int | None = None,
    ) -> Recital:
        """As ``speak``, with where each sound begins when ``sounds`` asks for it.

        ``identifier`` may name a variant (``gmw/en-US+f2``). ``pitch`` is espeak's, 0 to 99 around 50.
        """
        pieces: list[bytes] = []
        events: list[WordEvent] = []
        heard: list[SoundEvent] = []
        count = 0

        def receive(samples: object, length: int, event: object) -> int:
            nonlocal count
            if samples and length > 0:
                pieces.append(ctypes.string_at(samples, length * 2))  # type: ignore[arg-type]
                count += length
            index = 0
            while (entry := event[index]).type != _LAST_EVENT:  # type: ignore[index]
                if entry.type == _WORD_EVENT:
                    events.append(WordEvent(entry.text_position - 1, entry.sample, len(heard)))
                elif entry.type == _SOUND_EVENT:
                    heard.append(SoundEvent(_sound_name(entry.id.string), entry.sample))
                index += 1
            return int(count > longest)

        encoded = text.encode() + b"\0"
        with self._loaded(_Callback(receive), _WITH_SOUND_EVENTS if sounds else 0) as library:
            if library.espeak_SetVoiceByName(identifier.encode()):
                raise SpeechFailed(f"espeak-ng has no voice “{identifier}”.")
            library.espeak_SetParameter(_RATE, words_per_minute, 0)
            if pitch is not None:
                library.espeak_SetParameter(_PITCH, pitch, 0)
            flags = _UTF8 | (_PHONEMES if phonemes else 0)
            code = library.espeak_Synth(encoded, len(encoded), 0, _BY_CHARACTER, 0, flags, None, None)
            rate = self._sample_rate
        if code:
            raise SpeechFailed(f"espeak-ng refused a text (error {code}): “{text[:60]}”.")
        if count > longest:
            raise SpeechFailed(f"espeak-ng does not come to an end with “{text[:60]}”; it was stopped.")
        return Recital(np.frombuffer(b"".join(pieces), np.int16), rate, tuple(events), tuple(heard))

    def transcribed(self, texts: Sequence[str], identifier: str) -> list[str]:
        """How a voice would say each text, in IPA; ``[[...]]`` are phonemes by espeak's names.

        Raises ``SpeechFailed`` when there is no such voice.
        """
        with self._loaded(_Callback(lambda *_: 1)) as library:
            if library.espeak_SetVoiceByName(identifier.encode()):
                raise SpeechFailed(f"espeak-ng has no voice “{identifier}”.")
            # What the flags of a text said stays in force, and there is no other way to say it.
            library.espeak_Synth(b"a\0", 2, 0, _BY_CHARACTER, 0, _UTF8 | _PHONEMES, None, None)
            return [_transcribed(library, text) for text in texts]

    @contextmanager
    def _loaded(
        self, callback: Callable[..., object] | None = None, options: int = 0
    ) -> Iterator[ctypes.CDLL]:
        with _lock:
            if _resident(self._path):
                self._path = self._own_copy()
            try:
                library = ctypes.CDLL(str(self._path))
            except OSError as error:
                raise EngineUnavailable(
                    f"The espeak-ng library at {self._path} cannot be loaded: {error}."
                ) from error
            try:
                _declare(library)
                data = self._data_argument.encode() if self._data_argument else None
                self._sample_rate = library.espeak_Initialize(
                    _SYNCHRONOUS, _BUFFER_MS, data, _DONT_EXIT | options
                )
                if self._sample_rate <= 0:
                    raise EngineUnavailable(
                        f"espeak-ng finds no usable data at {self._data_argument or 'its own place'}; set "
                        f"{DATA} to its espeak-ng-data folder."
                    )
                if callback is not None:
                    library.espeak_SetSynthCallback(callback)
                try:
                    yield library
                finally:
                    library.espeak_Terminate()
            finally:
                _ctypes.dlclose(library._handle)

    def _own_copy(self) -> Path:
        """Somebody else in this process holds the library, so it would keep its state: use a copy of the
        file."""
        if not self._path.is_file():
            raise EngineUnavailable(
                f"Another part of this process keeps {self._path} loaded; install the package "
                "espeakng-loader."
            )
        return Path(shutil.copy(self._path, self._temporary_folder()))

    def _short(self, data: Path) -> str:
        if len(os.fsencode(data)) <= _LONGEST_DATA_PATH:
            return str(data)
        link = self._temporary_folder() / "espeak-ng-data"
        link.symlink_to(data.resolve(), target_is_directory=True)
        return str(link)

    def _temporary_folder(self) -> Path:
        """A folder that goes with this object, or with the process."""
        folder = tempfile.mkdtemp(prefix="voxpress-espeak-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)


@cache
def find_library() -> EspeakLibrary:
    """The espeak-ng of this machine: the one of the environment, else the system's, else the wheel's.

    A system's that is older than the wheel's is used only where there is no wheel. Another library, or other
    data, is another revision of its voices, so no take of one is ever taken for the other's. Raises
    ``EngineUnavailable``.
    """
    if forced := os.environ.get(LIBRARY):
        data = os.environ.get(DATA)
        return EspeakLibrary(Path(forced), Path(data) if data else None, "environment")
    system, why_not = _from_system()
    if system and system.release >= _OF_THE_WHEEL:
        return system
    try:
        import espeakng_loader
    except ImportError:  # not an error: the system's may do
        if system:
            return system
        raise why_not or EngineUnavailable(
            "There is no espeak-ng here; install the package espeakng-loader (or espeak-ng)."
        ) from None
    library, data_folder = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    return EspeakLibrary(Path(library), Path(data_folder), "wheel")


def _from_system() -> tuple[EspeakLibrary | None, EngineUnavailable | None]:
    """The system's own library, or why it does not do; neither where there is none."""
    path = _path_in_system()
    if path is None:
        return None, None
    try:
        return EspeakLibrary(path, None, "system"), None
    except EngineUnavailable as error:
        return None, error


def _path_in_system() -> Path | None:
    """Where the loader finds libespeak-ng by its name: asked of itself, which needs no compiler's tools."""
    for name in _SYSTEM_NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        try:
            place = _DlInfo()
            there = ctypes.CDLL(None).dladdr(ctypes.cast(library.espeak_Info, c_void_p), ctypes.byref(place))
            return Path(os.fsdecode(place.file)) if there and place.file else None
        finally:
            _ctypes.dlclose(library._handle)
    return None


def _declare(library: ctypes.CDLL) -> None:
    library.espeak_Initialize.argtypes = [c_int, c_int, c_char_p, c_int]
    library.espeak_SetSynthCallback.argtypes = [_Callback]
    library.espeak_SetVoiceByName.argtypes = [c_char_p]
    library.espeak_SetParameter.argtypes = [c_int, c_int, c_int]
    library.espeak_Synth.argtypes = [
        c_char_p, c_size_t, c_uint, c_int, c_uint, c_uint, POINTER(c_uint), c_void_p,
    ]  # fmt: skip
    library.espeak_TextToPhonemes.argtypes = [c_void_p, c_int, c_int]
    library.espeak_TextToPhonemes.restype = c_char_p
    library.espeak_ListVoices.argtypes = [c_void_p]
    library.espeak_ListVoices.restype = POINTER(POINTER(_Voice))
    library.espeak_Info.argtypes = [POINTER(c_char_p)]
    library.espeak_Info.restype = c_char_p


def _transcribed(library: ctypes.CDLL, text: str) -> str:
    buffer = ctypes.create_string_buffer(text.encode())
    rest = c_void_p(ctypes.addressof(buffer))
    clauses: list[str] = []
    while rest.value:
        clauses.append(
            library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA).decode(errors="replace")
        )
    return " ".join(clauses)


def _sound_name(encoded: bytes) -> str:
    """A phoneme's name in the 8 bytes of an event, without stress marks; empty for a pause (``_:``)."""
    name = encoded.decode(errors="replace").strip("',%=|")
    return "" if name.startswith("_") else name


def _resident(path: Path) -> bool:
    """Whether this process has the library loaded."""
    try:
        handle = ctypes.CDLL(str(path), mode=os.RTLD_NOLOAD | os.RTLD_LAZY)._handle
    except OSError:
        return False
    _ctypes.dlclose(handle)
    return True


def _voices(library: ctypes.CDLL) -> Iterator[LibraryVoice]:
    entries = library.espeak_ListVoices(None)
    index = 0
    while entries[index]:
        voice = entries[index].contents
        yield LibraryVoice(
            identifier=voice.identifier.decode(),
            name=voice.name.decode(errors="replace"),
            languages=tuple(_languages(voice.languages)),
            gender={1: "male", 2: "female"}.get(voice.gender, ""),
        )
        index += 1


def _languages(address: int) -> Iterator[tuple[str, int]]:
    """Read espeak's list: a byte of priority and a string that ends with zero, until the priority is zero."""
    while priority := ctypes.string_at(address, 1)[0]:
        tag = ctypes.string_at(address + 1)
        yield tag.decode(), priority
        address += len(tag) + 2


def _release(version: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@cache
def _revision(version: str, library: Path, data: Path) -> str:
    digest = hashlib.sha256(library.read_bytes() if library.is_file() else b"")
    for file in sorted(path for path in data.rglob("*") if path.is_file()):
        digest.update(f"\0{file.relative_to(data).as_posix()}\0".encode() + file.read_bytes())
    return f"{version}-{digest.hexdigest()[:16]}"
