"""What engines have in common that speak through a server: its voices, several requests at once, takes in order."""

from __future__ import annotations

import logging
import re
import time
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from pipeline.align import estimate
from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.model import Chunk, Consent, Pcm, SpeakingOptions, Take, Timing, Voice
from pipeline.serial import key_of
from pipeline.speech.engine import EngineContext
from pipeline.speech.facts import EngineFacts
from pipeline.speech.in_threads import in_threads
from pipeline.speech.server_client import ServerClient, shown
from pipeline.speech.servers import SpeechServer

logger = logging.getLogger(__name__)

LISTED_SECONDS = 60.0
"""For which a list of voices holds before the server is asked again."""
AWAY_SECONDS = 5.0
"""For which a server that could not be reached is not tried again when voices are listed."""
LAST = -1
"""``Voice.quality`` of a server's voices: ``auto`` sends a book to a program elsewhere only where no voice of this
machine reads its language."""
_UNSAYABLE = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

NO_LANGUAGE = "because it does not say what its language is: name that in its configuration there"
"""As ``LeftOut.why``."""
_TOLD = 20
"""Entries of one list of which each is told."""
_RATES = (4_000, 192_000)
"""Hz that a voice can have."""
_NAME_CHARACTERS, _TAG_CHARACTERS = 200, 35
"""The longest names of voices, and of languages (RFC 5646, section 4.4.1)."""

_BRACKETS = str.maketrans("[]", "()")


@dataclass(frozen=True, slots=True)
class ServerVoice:
    """A voice that a server has, as the server knows it."""

    id: str
    languages: tuple[str, ...]
    sample_rate: int
    """Hz."""
    told: tuple[object, ...] = ()
    """What the server says that could change how it sounds: its version, its model, the hash of a configuration."""
    licence: str = ""
    description: str = ""
    consent: Consent | None = None
    """Of whom it imitates, for cloned voices."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry of a server's list that cannot be used as a voice; it hides none of the others."""

    name: object
    """As the server gave it, whatever that is."""
    why: str
    """What is wrong with it and what to do, as the end of a sentence about it."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a server made of a chunk, checked."""

    pcm: Pcm
    timings: tuple[Timing, ...] | None = None
    """Where the server tells."""


class ServerEngine(ABC):
    """An engine whose voices are those of the servers that name it in the settings.

    A voice of the server whose table is named like the engine has the server's own name for it; those of other
    servers have that server's name and a ``/`` before it.
    """

    name: ClassVar[str]
    native_timings: ClassVar[bool] = False
    hidden: ClassVar[bool] = False
    facts: ClassVar[EngineFacts]
    driver: ClassVar[int] = 1
    """Raised when the same voice is asked differently, so that it may sound different."""
    most_parallel: ClassVar[int] = 64
    """How many requests a server of this kind can be given at the same time."""
    rates: ClassVar[tuple[float, float]] = (0.25, 4.0)
    """The speaking rates that it takes; what lies outside is spoken at the nearest."""

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when the settings name no server for this engine."""
        mine = [server for server in context.servers if server.engine == self.name]
        if not mine:
            raise EngineUnavailable(
                f"No server speaks for the engine “{self.name}”: write [servers.{self.name}] with engine and url "
                "into voxpress.toml."
            )
        self._context = context
        self._clients = {server.name: self.connect(server, context) for server in mine}
        self._listed: dict[str, tuple[float, tuple[ServerVoice, ...]]] = {}
        self._away: dict[str, tuple[float, EngineUnavailable | SpeechFailed]] = {}
        self._left_out: dict[str, tuple[str, ...]] = {}

    def connect(self, server: SpeechServer, context: EngineContext) -> ServerClient:
        """How to talk to a server; nothing is sent yet."""
        return ServerClient(server, context.locks_dir, most_parallel=self.most_parallel)

    @abstractmethod
    def server_voices(self, client: ServerClient) -> Iterable[ServerVoice | LeftOut]:
        """What a server has, and which entries of its list are none. Raises ``EngineUnavailable`` when it is away."""

    @abstractmethod
    def said(
        self, client: ServerClient, text: str, chunk: Chunk, voice: Voice, options: SpeakingOptions
    ) -> Said:
        """What the server makes of ``text``; ``voice.id`` is the server's own name for it.

        Called from several threads at the same time. Raises ``SpeechFailed``.
        """

    @property
    def servers(self) -> tuple[SpeechServer, ...]:
        """Those of this engine."""
        return tuple(client.server for client in self._clients.values())

    def voices(self) -> Iterable[Voice]:
        """The voices of all servers that can be reached. Raises ``EngineUnavailable`` when none can."""
        failures = []
        found: list[Voice] = []
        for client in self._clients.values():
            try:
                found += [self._voice(client, theirs) for theirs in self._known(client)]
            except (EngineUnavailable, SpeechFailed) as error:
                failures.append(error)
        if len(failures) == len(self._clients):
            raise EngineUnavailable(str(failures[0])) from failures[0]
        return found

    def voices_of(self, server: SpeechServer) -> list[Voice]:
        """The voices of one server, asked anew. Raises ``EngineUnavailable``."""
        client = self._clients[server.name]
        self._listed.pop(server.name, None)
        return [self._voice(client, theirs) for theirs in self._known(client)]

    def left_out(self, server: SpeechServer) -> tuple[str, ...]:
        """A sentence for each entry of its list, as it was last told, that is no voice to speak with."""
        return self._left_out.get(server.name, ())

    def title_of(self, server: SpeechServer) -> str:
        """What a server calls itself, with its version, as it was last told; empty where it does not tell."""
        said = self._clients[server.name].described
        return f"{said.title} {said.version}".strip()

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """One take for each chunk, in order.

        Raises ``SpeechFailed``, and ``EngineUnavailable`` when the server is away.
        """
        server, slash, identity = voice.id.partition("/")
        if not slash or server not in self._clients:  # a server's own name for a voice may have one, too
            server, identity = "", voice.id
        client = self._clients.get(server)
        if client is None:
            raise EngineUnavailable(
                f"The voice {voice.name} is one of a server that the settings do not name: add its "
                "table, [servers.NAME]."
            )
        theirs = replace(voice, id=identity)
        slowest, fastest = self.rates
        manner = replace(options, rate=min(max(options.rate, slowest), fastest))
        return in_threads(lambda chunk: self._take(client, chunk, theirs, manner), chunks, client.parallel)

    def _take(self, client: ServerClient, chunk: Chunk, voice: Voice, options: SpeakingOptions) -> Take:
        text = sayable(chunk.spoken)
        if not any(character.isalnum() for character in text) and not _has_symbol(text):
            raise SpeechFailed(f"There is nothing to say in a chunk that was given to {self.name}.")
        said = self.said(client, text, chunk, voice, options)
        if said.timings is not None:
            return Take(said.pcm, voice.sample_rate, said.timings)
        timings = estimate.estimate_timings(chunk.words, said.pcm, voice.sample_rate)
        return Take(said.pcm, voice.sample_rate, timings, estimate.SOURCE)

    def _known(self, client: ServerClient) -> tuple[ServerVoice, ...]:
        """What a server has; a server that cannot be asked this moment has what it had."""
        name = client.server.name
        when, known = self._listed.get(name, (0.0, ()))
        if known and time.monotonic() - when < LISTED_SECONDS:
            return known
        failed, why = self._away.get(name, (0.0, None))
        if why is not None and not known and time.monotonic() - failed < AWAY_SECONDS:
            raise why
        try:
            voices = self._usable(client)
        except (EngineUnavailable, SpeechFailed) as error:
            self._away[name] = time.monotonic(), error
            if not known:
                logger.warning("%s", error)
                raise
            logger.warning("%s Its voices are taken to be those of before.", error)
            voices = known
        self._listed[name] = time.monotonic(), voices
        return voices

    def _usable(self, client: ServerClient) -> tuple[ServerVoice, ...]:
        """The voices of its list that can be spoken with; what is said of the others is logged once."""
        voices, sentences = [], []
        for entry in self.server_voices(client):
            why = entry.why if isinstance(entry, LeftOut) else _fault(entry, client.server)
            if not why and isinstance(entry, ServerVoice):
                voices.append(entry)
                continue
            name = entry.name if isinstance(entry, LeftOut) else entry.id
            sentences.append(f"{client.called}: its voice “{shown(name)}” is left out, {why}.")
        if (more := len(sentences) - _TOLD) > 0:
            sentences[_TOLD:] = [f"{client.called}: {more} more of its voices are left out for such reasons."]
        for sentence in sentences:
            if sentence not in self.left_out(client.server):
                logger.warning("%s", sentence)
        self._left_out[client.server.name] = tuple(sentences)
        return tuple(voices)

    def _voice(self, client: ServerClient, theirs: ServerVoice) -> Voice:
        server = client.server
        identity = f"{server.name}/{theirs.id}" if server.name else theirs.id
        sounds = (self.driver, server.model, server.format, server.revision, theirs.sample_rate, *theirs.told)
        return Voice(
            name=f"{self.name}:{identity}",
            engine=self.name,
            id=identity,
            languages=server.languages or theirs.languages,
            sample_rate=theirs.sample_rate,
            revision=f"{self.driver}-{key_of('server-voice', 1, [str(one) for one in sounds])[:16]}",
            quality=LAST,
            licence=theirs.licence,
            description=theirs.description,
            consent=theirs.consent,
        )


def _fault(voice: ServerVoice, server: SpeechServer) -> str:
    """Why a voice cannot be spoken with, as ``LeftOut.why``; empty when it can."""
    if not voice.id.strip() or not voice.id.isprintable() or len(voice.id) > _NAME_CHARACTERS:
        return (
            f"because that is no name of 1 to {_NAME_CHARACTERS} printable characters: give it another there"
        )
    lowest, highest = _RATES
    if not lowest <= voice.sample_rate <= highest:
        return f"because {voice.sample_rate} Hz is no sample rate of speech: correct it there"
    if server.languages:
        return ""
    if not voice.languages:
        return NO_LANGUAGE
    for tag in voice.languages:
        if not tag.strip() or not tag.isprintable() or len(tag) > _TAG_CHARACTERS:
            return f"because “{shown(tag)}” is no language: correct it in its configuration there"
    return ""


def sayable(text: str) -> str:
    """``text`` as plain text for any server: without control characters and halves of surrogate pairs, and without
    square brackets, which several take for orders (phonemes, pauses, laughter, another voice)."""
    return " ".join(_UNSAYABLE.sub(" ", text).translate(_BRACKETS).split())


def _has_symbol(text: str) -> bool:
    return any(unicodedata.category(character)[0] == "S" for character in text)


def words_told(
    words: Sequence[tuple[str, float, float]], chunk: Chunk, pcm: Pcm, rate: int
) -> tuple[Timing, ...] | None:
    """Times of our words from those that a server gives for its own, in seconds; None when they are of another text.

    A server divides and writes words in its own way, and may leave some out.
    """
    from pipeline.align.engine_timings import sound_bounds
    from pipeline.align.whisper import timings_from_heard
    from pipeline.errors import AlignFailed
    from pipeline.hear.recogniser import Heard, in_order

    first, last = sound_bounds(pcm)
    heard = [Heard(text, start, end) for text, start, end in words if any(map(str.isalnum, text))]
    try:
        return timings_from_heard(
            chunk.words, in_order(heard, len(pcm) / rate), chunk.language, first / rate, last / rate
        )
    except AlignFailed as error:
        logger.info("a server's word times are not used: %s", error)
        return None
