"""Piper's own HTTP server (``python -m piper.http_server``).

Contract: piper1-gpl, ``src/piper/http_server.py``: ``GET /voices``, ``POST /synthesize``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.limits import SPEECH_REPLY_BYTES
from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.serial import key_of
from pipeline.speech.engine import EngineLimits, limits_by_script
from pipeline.speech.facts import EngineFacts
from pipeline.speech.server_client import ServerClient
from pipeline.speech.server_engine import Said, ServerEngine, ServerVoice
from pipeline.speech.server_replies import speech_of

VOICES, SPEAK = "/voices", "/synthesize"
_SPEAKER = "#"
_DAMAGE = ".onxjs"
"""Its list cuts these letters from the end of a name, where it means to cut ``.onnx.json``."""

FACTS = EngineFacts(
    title="Piper's HTTP server",
    homepage="https://github.com/OHF-Voice/piper1-gpl",
    about="The voices of a Piper that runs elsewhere. Where it can run here, the engine `piper` is better: it is "
    "repeatable, knows the times of words, and levels nothing.",
    hardware="The server's; any CPU will do.",
    licence="GPL-3.0-or-later",
    weights_licence="Each voice has its own, named in its model card; some forbid commercial use.",
    languages=("mul",),
    timings="By alignment: its server does not hand them out.",
    limits="About 400 characters at a time; one request at a time.",
    exercised="A server that the tests make after the published contract, with Piper's own bugs; not Piper's own.",
    server=True,
    traps=(
        "A voice that it does not know becomes its default one, in silence: only voices that it lists are asked for, "
        "and the list is looked at again.",
        "Its list cuts letters from the end of some names, and asked for such a name it takes the default voice: "
        "the name is put together again from the voice's configuration.",
        "It takes `[[` for phonemes: it gets round brackets.",
        "It draws random numbers that nobody can seed: the same text sounds a little different each time, and what "
        "was spoken once is kept.",
        "It levels the peak of each sentence and cannot be told not to.",
        "espeak within it is one for the whole process: it is asked for one text at a time.",
    ),
)


class PiperHttpEngine(ServerEngine):
    """Speaks through ``/synthesize``."""

    name: ClassVar[str] = "piper-http"
    facts: ClassVar[EngineFacts] = FACTS
    most_parallel: ClassVar[int] = 1

    def server_voices(self, client: ServerClient) -> Iterable[ServerVoice]:
        """The voices that it has files of; of one with several speakers each is ``id#speaker``, too."""
        for name, config in _configs(client).items():
            rate = config.get("audio", {}).get("sample_rate")
            if not isinstance(rate, int):
                continue
            told = (key_of("piper-config", 1, json.dumps(config, sort_keys=True)),)
            for speaker in ("", *_speakers(config)):
                identity = f"{name}{_SPEAKER}{speaker}" if speaker else name
                yield ServerVoice(identity, _languages(config, name), rate, told)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """As Piper's own."""
        return limits_by_script(language, characters=400, syllables=120, batch_seconds=120.0)

    def said(
        self, client: ServerClient, text: str, chunk: Chunk, voice: Voice, options: SpeakingOptions
    ) -> Said:
        """One request, for a voice that the server has now."""
        name, _, speaker = voice.id.partition(_SPEAKER)
        config = _configs(client).get(name)
        if config is None:
            raise EngineUnavailable(
                f"{client.called} has no voice “{name}” any more, and would speak with another: put its files back."
            )
        scales = config.get("inference") or {}
        request: dict[str, object] = {
            "text": text,
            "voice": name,
            "length_scale": float(scales.get("length_scale", 1.0)) / options.rate,
            "noise_scale": float(scales.get("noise_scale", 0.667)),
            "noise_w_scale": float(scales.get("noise_w", 0.8)),
        }
        if int(config.get("num_speakers", 1)) > 1:
            request["speaker_id"] = _speakers(config)[speaker] if speaker else 0
        reply = client.speak(SPEAK, request, most=SPEECH_REPLY_BYTES)
        return Said(speech_of(client, reply, chunk, voice, options))


def _configs(client: ServerClient) -> dict[str, dict[str, Any]]:
    """The configurations of its voices, by the names that it answers to. Raises ``EngineUnavailable``."""
    listed = client.listed(VOICES)
    if not isinstance(listed, dict):
        raise EngineUnavailable(f"{client.called} has no list of {VOICES}: is it Piper's server?")
    return {
        _whole(name, config): config
        for name, config in listed.items()
        if isinstance(config, dict) and isinstance(config.get("audio"), dict)
    }


def _whole(name: str, config: Mapping[str, Any]) -> str:
    """The name before its end was cut off, where the configuration tells it."""
    dataset, language = config.get("dataset"), config.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    quality = config["audio"].get("quality")
    parts = [part for part in (code, dataset, quality) if part]
    for candidate in ("-".join(map(str, parts)), "-".join(map(str, parts[:2])), str(dataset or "")):
        if candidate and candidate != name and candidate.rstrip(_DAMAGE) == name:
            return candidate
    return name


def _speakers(config: Mapping[str, Any]) -> dict[str, int]:
    speakers = config.get("speaker_id_map")
    return {str(name): int(number) for name, number in speakers.items()} if isinstance(speakers, dict) else {}


def _languages(config: Mapping[str, Any], name: str) -> tuple[str, ...]:
    language = config.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not code:
        espeak = config.get("espeak")
        code = espeak.get("voice") if isinstance(espeak, dict) else None
    if not code:
        raise SpeechFailed(f"The voice “{name}” does not say what its language is.")
    return (str(code).replace("_", "-"),)
