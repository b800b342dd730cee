"""Piper's own HTTP server (``python -m piper.http_server``).

Contract: piper1-gpl, ``src/piper/http_server.py``: ``GET /voices``, ``POST /synthesize``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, ClassVar

from pipeline.errors import EngineUnavailable
from pipeline.limits import SPEECH_REPLY_BYTES
from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.serial import key_of
from pipeline.speech.engine import EngineLimits, limits_by_script
from pipeline.speech.facts import EngineFacts
from pipeline.speech.server_client import ServerClient
from pipeline.speech.server_engine import NO_LANGUAGE, LeftOut, Said, ServerEngine, ServerVoice
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

    def server_voices(self, client: ServerClient) -> Iterable[ServerVoice | LeftOut]:
        """The voices that it has files of; of one with several speakers each is ``id#speaker``, too."""
        listed = _listed(client)
        for name, config in _configs(listed).items():
            rate, languages = config["audio"].get("sample_rate"), _languages(config)
            if not isinstance(rate, int):
                yield LeftOut(name, "because its configuration names no sample rate: correct that there")
                continue
            if not languages and not client.server.languages:  # once, however many speakers it has
                yield LeftOut(name, NO_LANGUAGE)
                continue
            told = (key_of("piper-config", 1, json.dumps(config, sort_keys=True)),)
            for speaker in ("", *_speakers(config)):
                identity = f"{name}{_SPEAKER}{speaker}" if speaker else name
                yield ServerVoice(identity, languages, rate, told)
        for name, entry in listed.items():
            if not _is_configuration(entry):
                yield LeftOut(
                    name, "because what is listed of it is no configuration: correct its file there"
                )

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """As Piper's own."""
        return limits_by_script(language, characters=400, syllables=120, batch_seconds=120.0)

    def said(
        self, client: ServerClient, text: str, chunk: Chunk, voice: Voice, options: SpeakingOptions
    ) -> Said:
        """One request, for a voice that the server has now."""
        name, _, speaker = voice.id.partition(_SPEAKER)
        config = _configs(_listed(client)).get(name)
        if config is None:
            raise EngineUnavailable(
                f"{client.called} has no voice “{name}” any more, and would speak with another: put its files back."
            )
        request: dict[str, object] = {
            "text": text,
            "voice": name,
            "length_scale": (_scale(config, "length_scale", 1.0) or 1.0) / options.rate,
            "noise_scale": _scale(config, "noise_scale", 0.667),
            "noise_w_scale": _scale(config, "noise_w", 0.8),
        }
        speakers = _speakers(config)
        if speaker and speaker not in speakers:
            raise EngineUnavailable(
                f"{client.called} has no speaker “{speaker}” of the voice “{name}” any more: put its files back."
            )
        several = config.get("num_speakers")
        if speaker or (isinstance(several, int) and several > 1):
            request["speaker_id"] = speakers.get(speaker, 0)
        reply = client.speak(SPEAK, request, most=SPEECH_REPLY_BYTES)
        return Said(speech_of(client, reply, chunk, voice, options))


def _listed(client: ServerClient) -> dict[str, Any]:
    """What it lists, by names that it may have cut. Raises ``EngineUnavailable``."""
    listed = client.listed(VOICES)
    if not isinstance(listed, dict):
        raise EngineUnavailable(f"{client.called} has no list of {VOICES}: is it Piper's server?")
    return listed


def _configs(listed: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The configurations of its voices, by the names that it answers to."""
    return {_whole(name, config): config for name, config in listed.items() if _is_configuration(config)}


def _is_configuration(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("audio"), dict)


def _scale(config: Mapping[str, Any], name: str, usual: float) -> float:
    """One of the numbers that the voice was made to be spoken with."""
    scales = config.get("inference")
    value = scales.get(name) if isinstance(scales, dict) else None
    return float(value) if isinstance(value, (int, float)) and isfinite(value) and value >= 0 else usual


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
    """Their numbers by their names."""
    speakers = config.get("speaker_id_map")
    if not isinstance(speakers, dict):
        return {}
    return {name: number for name, number in speakers.items() if name and isinstance(number, int)}


def _languages(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The language of a voice; none where its configuration does not tell."""
    for table, field in (("language", "code"), ("espeak", "voice")):
        found = config.get(table)
        code = found.get(field) if isinstance(found, dict) else None
        if isinstance(code, str) and code.strip():
            return (code.strip().replace("_", "-"),)
    return ()
