"""Chatterbox-TTS-Server (devnen): Chatterbox behind an HTTP server, with predefined and cloned voices.

Contract: its ``server.py`` and ``models.py``; ``POST /tts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from pipeline.check.samples import refused
from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.limits import SPEECH_REPLY_BYTES
from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.speech.clones import clones, find_clone
from pipeline.speech.engine import EngineLimits, limits_by_script
from pipeline.speech.facts import Cloning, EngineFacts, Parameter
from pipeline.speech.server_client import ServerClient
from pipeline.speech.server_engine import LeftOut, Said, ServerEngine, ServerVoice
from pipeline.speech.server_replies import speech_of

SPEAK, UPLOAD = "/tts", "/upload_reference"
VOICES, REFERENCES, MODEL = "/get_predefined_voices", "/get_reference_files", "/api/model-info"
USUAL_RATE = 24_000
CHARACTERS = 280
LONGEST_SECONDS = 40.0
"""What one call can make at the most: 1000 tokens of 25 a second. What is as long was cut."""
_CUT_SECONDS = LONGEST_SECONDS - 0.5
_FILE = re.compile(r"[\w][\w .()-]*\.(?:wav|mp3)", re.IGNORECASE)
"""A name that is nothing but a name: the server joins it into a path as it is."""

FACTS = EngineFacts(
    title="Chatterbox-TTS-Server",
    homepage="https://github.com/devnen/Chatterbox-TTS-Server",
    about="Chatterbox, which clones voices and can be more or less expressive, behind a server of its own: nothing "
    "of it is installed here.",
    hardware="The server's: a GPU with 6 GB or more is usual.",
    licence="MIT",
    weights_licence="MIT.",
    languages=("mul",),
    timings="By alignment: it tells none.",
    limits="280 characters and 40 s at a time; one request at a time.",
    exercised="A server that the tests make after the published contract; a real one was never spoken to.",
    server=True,
    cloning=Cloning(shortest=5.0, longest=20.0, sample_rate=24_000),
    parameters=(
        Parameter("cfg_weight", 0.0, 1.0, 0.5, "How closely it follows the manner of the recording."),
        Parameter("exaggeration", 0.25, 2.0, 0.5, "How expressive it is."),
        Parameter("temperature", 0.05, 1.5, 0.8, "How much it varies."),
    ),
    watermark="PerTh, by Resemble AI",
    traps=(
        "It fails past about 300 characters: chunks have 280 at the most, and it is told not to divide them.",
        "It is cut at 40 s: a take that is as long is refused.",
        "Seed 0 is a random one: it never gets that.",
        "It speaks one text at a time: it is never asked for more.",
        "What it is not told it takes from a file of settings of its own: it is told everything.",
        "It joins names of files into paths as they are: it gets names that it listed, and hashes.",
    ),
)


class ChatterboxServerEngine(ServerEngine):
    """Speaks through ``/tts``."""

    name: ClassVar[str] = "chatterbox-server"
    facts: ClassVar[EngineFacts] = FACTS
    most_parallel: ClassVar[int] = 1

    def server_voices(self, client: ServerClient) -> Iterable[ServerVoice | LeftOut]:
        """Its predefined voices, those of the settings, and the cloned ones of this machine."""
        listed = client.listed(VOICES)
        if not isinstance(listed, list):
            raise EngineUnavailable(f"{client.called} has no {VOICES}: is it a Chatterbox-TTS-Server?")
        said = client.listed(MODEL)
        model = said if isinstance(said, dict) else {}
        languages = _languages(model.get("supported_languages"))
        rate = client.server.sample_rate or USUAL_RATE
        told = (client.describe(anew=True).version, model.get("type", ""), model.get("class_name", ""))
        names = [entry.get("filename") if isinstance(entry, dict) else entry for entry in listed]
        names += [name for name in client.server.voices if name not in names]
        for name in names:
            if isinstance(name, str) and _FILE.fullmatch(name):
                yield ServerVoice(name, languages, rate, told)
            else:
                yield LeftOut(name, "because that is no name of a WAV or MP3 file: give it one there")
        for clone, _ in clones(self._context.voices_dir, self.name):
            spoken = tuple(dict.fromkeys([*clone.languages, *languages]))
            yield ServerVoice(clone.name, spoken, rate, (*told, clone.sha256), consent=clone.consent)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Under what it fails at."""
        return limits_by_script(language, characters=CHARACTERS, syllables=100, batch_seconds=120.0)

    def said(
        self, client: ServerClient, text: str, chunk: Chunk, voice: Voice, options: SpeakingOptions
    ) -> Said:
        """One request, after the recording of a cloned voice was uploaded."""
        request: dict[str, object] = {
            "text": text,
            "output_format": client.server.format if client.server.format != "flac" else "wav",
            "split_text": False,
            "speed_factor": options.rate,
            "seed": options.seed % (2**31 - 1) + 1,
            "language": chunk.language.partition("-")[0].lower(),
        }
        request |= {one.name: options.parameter(one.name, one.default) for one in FACTS.parameters}
        reference = self._reference(client, voice)
        if reference:
            request |= {"voice_mode": "clone", "reference_audio_filename": reference}
        else:
            request |= {"voice_mode": "predefined", "predefined_voice_id": voice.id}
        reply = client.speak(SPEAK, request, most=SPEECH_REPLY_BYTES)
        pcm = speech_of(client, reply, chunk, voice, options)
        if len(pcm) * options.rate >= _CUT_SECONDS * voice.sample_rate:
            raise refused("cut-off", chunk, f"{client.server.label} speaks {LONGEST_SECONDS:g} s at the most")
        return Said(pcm)

    def _reference(self, client: ServerClient, voice: Voice) -> str:
        """The name under which the server has the recording of a cloned voice; empty for its own voices."""
        found = find_clone(self._context.voices_dir, self.name, voice.id)
        if found is None:
            return ""
        name = f"{found[0].sha256}.wav"
        there: Any = client.listed(REFERENCES)
        if not isinstance(there, list) or name not in there:
            said = client.send(UPLOAD, name, found[1].read_bytes()).json()
            if not isinstance(said, dict) or name not in (said.get("uploaded_files") or ()):
                raise SpeechFailed(f"{client.called} did not take the recording of the voice {voice.name}.")
        return name


def _languages(said: Any) -> tuple[str, ...]:
    """The tags of the languages that its model has: the keys of a table, or a list; English where it does not say."""
    tags = list(said) if isinstance(said, (dict, list)) else []
    return tuple(tag for tag in tags if isinstance(tag, str) and tag.strip()) or ("en",)
