"""NVIDIA Riva, and the speech NIMs that speak its protocol (gRPC), through NVIDIA's own client.

Contract: ``riva_tts.proto`` of nvidia-riva/common: ``GetRivaSynthesisConfig``, ``Synthesize``.
"""

from __future__ import annotations

import importlib.util
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, ClassVar
from xml.sax.saxutils import escape

import numpy as np

from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.limits import SPEECH_REPLY_BYTES
from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.speech.engine import EngineContext, EngineLimits, limits_by_script
from pipeline.speech.facts import EngineFacts
from pipeline.speech.server_client import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    LOOK_PATIENCE_SECONDS,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    ServerClient,
)
from pipeline.speech.server_engine import LeftOut, Said, ServerEngine, ServerVoice, words_told
from pipeline.speech.server_replies import checked
from pipeline.speech.servers import SpeechServer

USUAL_RATE = 22_050
CHARACTERS = 350
"""Riva takes 400 at the most, and spells some of them out before it counts."""
_SECURE = ("https", "grpcs")
_MILLISECONDS = 1000.0

FACTS = EngineFacts(
    title="NVIDIA Riva",
    homepage="https://docs.nvidia.com/nim/speech/latest/",
    about="Riva and the speech NIMs: NVIDIA's voices, served over gRPC from a machine with a GPU.",
    hardware="The server's: an NVIDIA GPU with 16 GB or more is usual.",
    licence="MIT",
    weights_licence="NVIDIA's own terms, which are accepted where the server is installed.",
    languages=("mul",),
    timings="From the server, where its model tells the times of words (Magpie); else by alignment.",
    limits="350 characters at a time.",
    exercised="A gRPC server that the tests make from the published protocol; a real Riva was never spoken to.",
    extra="riva",
    server=True,
    traps=(
        "Samples come without a head that says their rate: it is the one that was asked for.",
        "It numbers the speakers of a voice in its configuration, and lists them nowhere else: the names are put "
        "together from that.",
        "A model without SSML reads marks aloud: they are sent only where another rate is asked for.",
    ),
)


class RivaClient(ServerClient):
    """One Riva server, over gRPC."""

    def __init__(self, server: SpeechServer, context: EngineContext, most_parallel: int) -> None:
        """Nothing is connected yet."""
        super().__init__(server, context.locks_dir, most_parallel=most_parallel)
        self._lock = threading.Lock()
        self._service: tuple[int, Any] | None = None

    def configurations(self) -> list[Mapping[str, str]]:
        """What it says of each of its models. Raises ``EngineUnavailable``."""
        from riva.client.proto import riva_tts_pb2 as messages

        # A channel of its own that is closed at once: a process that forks must have none open.
        with closing(self._channel()) as channel:
            stub = self._stub(channel)
            answer = self._patiently(
                lambda seconds: stub.GetRivaSynthesisConfig(
                    messages.RivaSynthesisConfigRequest(), timeout=seconds, metadata=self._metadata()
                ),
                LOOK_SECONDS,
                LOOK_PATIENCE_SECONDS,
            )
            return [{"model_name": one.model_name, **dict(one.parameters)} for one in answer.model_config]

    def synthesize(self, **request: Any) -> Any:
        """A ``SynthesizeSpeechResponse``. Raises ``SpeechFailed`` and ``EngineUnavailable``."""
        from riva.client.proto import riva_tts_pb2 as messages

        with self._slots.one():
            return self._patiently(
                lambda seconds: self._connected().Synthesize(
                    messages.SynthesizeSpeechRequest(**request), timeout=seconds, metadata=self._metadata()
                ),
                self.server.timeout,
                PATIENCE_SECONDS,
            )

    def _patiently(self, call: Any, seconds: float, patience: float) -> Any:
        """One answer; a server that is away or busy is asked again."""
        import grpc

        until = time.monotonic() + (patience if self._patience is None else self._patience)
        pause = FIRST_PAUSE
        while True:
            try:
                return call(seconds)
            except grpc.RpcError as error:
                code, said = error.code(), self._without_key(" ".join(str(error.details()).split())[:200])
                if code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):
                    raise EngineUnavailable(
                        f"{self.called} refuses us ({said}): check its key in the settings."
                    ) from error
                if code == grpc.StatusCode.UNIMPLEMENTED:
                    raise EngineUnavailable(
                        f"{self.called} has no speech synthesis: is it Riva's?"
                    ) from error
                if code not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
                    raise SpeechFailed(f"{self.called} answered {code.name}: {said}.") from error
                if time.monotonic() + pause > until:
                    raise EngineUnavailable(
                        f"{self.called} cannot be reached ({code.name}): start it, or mend its address in the "
                        "settings, then try again."
                    ) from error
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _connected(self) -> Any:
        """This process's own connection: one that it was forked with is nobody's."""
        with self._lock:
            if self._service is None or self._service[0] != os.getpid():
                self._service = os.getpid(), self._stub(self._channel())
            return self._service[1]

    def _channel(self) -> Any:
        import grpc

        options = [("grpc.max_receive_message_length", SPEECH_REPLY_BYTES), ("grpc.enable_http_proxy", 0)]
        if self.server.url.partition("://")[0] in _SECURE:
            return grpc.secure_channel(self.address, grpc.ssl_channel_credentials(), options=options)
        return grpc.insecure_channel(self.address, options=options)

    def _stub(self, channel: Any) -> Any:
        from riva.client.proto import riva_tts_pb2_grpc as services

        return services.RivaSpeechSynthesisStub(channel)

    def _metadata(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self.server.key}")] if self.server.key else []


class RivaEngine(ServerEngine):
    """Speaks through ``Synthesize``."""

    name: ClassVar[str] = "riva"
    facts: ClassVar[EngineFacts] = FACTS
    rates: ClassVar[tuple[float, float]] = (0.25, 2.5)

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when NVIDIA's client is missing, or no server is named."""
        super().__init__(context)
        if importlib.util.find_spec("riva") is None or importlib.util.find_spec("grpc") is None:
            raise EngineUnavailable("Riva needs NVIDIA's client: pip install 'voxpress[riva]'.")

    def connect(self, server: SpeechServer, context: EngineContext) -> RivaClient:
        """gRPC instead of HTTP."""
        return RivaClient(server, context, self.most_parallel)

    def server_voices(self, client: ServerClient) -> Iterable[ServerVoice | LeftOut]:
        """Every speaker of every model."""
        assert isinstance(client, RivaClient)
        rate = client.server.sample_rate or USUAL_RATE
        for config in client.configurations():
            tags = tuple(tag.strip() for tag in config.get("language_code", "").split(",") if tag.strip())
            told = tuple(sorted(config.items()))
            if not config.get("voice_name", "").strip():
                yield LeftOut(
                    config["model_name"], "because that model names no voice: correct its configuration there"
                )
                continue
            for name in _names(config):
                yield ServerVoice(name, tags or ("mul",), rate, told)
        for name in client.server.voices:
            yield ServerVoice(name, client.server.languages or ("mul",), rate)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Under what it refuses."""
        return limits_by_script(language, characters=CHARACTERS, syllables=100, batch_seconds=120.0)

    def said(
        self, client: ServerClient, text: str, chunk: Chunk, voice: Voice, options: SpeakingOptions
    ) -> Said:
        """One call."""
        from riva.client.proto.riva_audio_pb2 import AudioEncoding

        assert isinstance(client, RivaClient)
        if options.rate != 1.0:
            text = f'<speak><prosody rate="{options.rate:.0%}">{escape(text)}</prosody></speak>'
        answer = client.synthesize(
            text=text,
            language_code=_language(voice, chunk.language),
            encoding=AudioEncoding.LINEAR_PCM,
            sample_rate_hz=voice.sample_rate,
            voice_name=voice.id,
            enable_word_time_offsets=True,
        )
        whole = answer.audio[: len(answer.audio) // 2 * 2]
        pcm = np.frombuffer(whole, "<i2").astype(np.int16)
        checked(client.server.label, voice.sample_rate, pcm, chunk, voice, options)
        words = [
            (word.word, word.start_time / _MILLISECONDS, word.end_time / _MILLISECONDS)
            for word in answer.meta.words
        ]
        return Said(pcm, words_told(words, chunk, pcm, voice.sample_rate) if words else None)


def _names(config: Mapping[str, str]) -> Iterator[str]:
    """Full names of the voices of a model: those of its speakers are ``VOICE.SPEAKER``."""
    name = config.get("voice_name", "")
    speakers = [part.partition(":")[0].strip() for part in config.get("subvoices", "").split(",")]
    if any(speakers):
        yield from (f"{name}.{speaker}" for speaker in speakers if speaker)
    else:
        yield name


def _language(voice: Voice, wanted: str) -> str:
    """The voice's own tag for the language, else the first one it has: models know no others."""
    primary = wanted.partition("-")[0].lower()
    alike = [tag for tag in voice.languages if tag.partition("-")[0].lower() == primary]
    return wanted if wanted in voice.languages else (alike or list(voice.languages) or ["en-US"])[0]
