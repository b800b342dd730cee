"""Servers that speak OpenAI's ``/v1/audio/speech``: Kokoro-FastAPI, LocalAI, openedai-speech, OpenAI itself ...

Kokoro-FastAPI is found out by what it says of itself (``/openapi.json``) and then asked for word times as well.
Contracts: OpenAI's API reference, "Create speech"; Kokoro-FastAPI, ``api/src/structures/schemas.py``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import replace
from math import isfinite
from typing import Any, ClassVar

from pipeline.check.samples import refused
from pipeline.errors import EngineUnavailable
from pipeline.limits import SPEECH_REPLY_BYTES
from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.speech.engine import EngineContext, EngineLimits, limits_by_script
from pipeline.speech.facts import EngineFacts
from pipeline.speech.server_client import Reply, ServerClient
from pipeline.speech.server_engine import LeftOut, Said, ServerEngine, ServerVoice, words_told
from pipeline.speech.server_replies import speech_of
from pipeline.speech.servers import SpeechServer

SPEECH = "/v1/audio/speech"
VOICES = "/v1/audio/voices"
CAPTIONED = "/dev/captioned_speech"
"""Only Kokoro-FastAPI has it."""

USUAL_RATE = 24_000
_CHARACTERS = 400
_KOKORO_CHARACTERS = 250
"""Beyond about that many it divides the text by itself (175 to 250 tokens), and pauses where it does."""
_KOKORO_LANGUAGES = {
    "a": "en-us", "b": "en-gb", "e": "es", "f": "fr", "h": "hi", "i": "it", "j": "ja", "p": "pt-br", "z": "zh",
}  # fmt: skip
"""By the first letter of a voice's name."""
_KOKORO_VOICE = re.compile(r"[abefhijpz][fm]_\w+")
_NAMELESS = "because nothing says what it is called: correct the list there"
_OWN_NORMALISER_OFF = {
    "normalize": False,
    "unit_normalization": False,
    "url_normalization": False,
    "email_normalization": False,
    "optional_pluralization_normalization": False,
    "phone_normalization": False,
    "replace_remaining_symbols": False,
}

FACTS = EngineFacts(
    title="Servers with OpenAI's speech API",
    homepage="https://platform.openai.com/docs/api-reference/audio/createSpeech",
    about="Any server that answers `/v1/audio/speech`: Kokoro-FastAPI, LocalAI, openedai-speech and others. From "
    "Kokoro-FastAPI the times of words come along.",
    hardware="The server's.",
    licence="AGPL-3.0-or-later",
    weights_licence="The server's; Kokoro's weights are Apache-2.0.",
    languages=("mul",),
    timings="From Kokoro-FastAPI, where it tells them (English, and most times Spanish, French, Italian, Hindi, "
    "Portuguese); else by alignment.",
    limits="250 characters at a time for Kokoro-FastAPI, which divides longer texts by itself, 400 for others.",
    exercised="Servers that the tests make after the published contracts; a real server was never spoken to.",
    server=True,
    devices=("cpu",),
    traps=(
        "Kokoro-FastAPI streams unless it is told not to: it is told.",
        "Its word times may be null, or lack words: what it does not time is aligned.",
        "Its words are those after its own normalisation, which is switched off; what is left of it is mapped back.",
        "It takes square brackets for orders: it gets round ones.",
        "A server may answer an error in JSON with status 200: that is no audio, and refused.",
        "A server may reply at another sample rate than its voices have: that is refused by name.",
        "Some servers speak the same text differently each time: what was spoken once is kept.",
    ),
)


class OpenaiEngine(ServerEngine):
    """Speaks through ``/v1/audio/speech``."""

    name: ClassVar[str] = "openai"
    facts: ClassVar[EngineFacts] = FACTS

    def connect(self, server: SpeechServer, context: EngineContext) -> ServerClient:
        """The address may end in ``/v1``, as clients of this API have it."""
        return super().connect(replace(server, url=server.url.rstrip("/").removesuffix("/v1")), context)

    def server_voices(self, client: ServerClient) -> Iterable[ServerVoice | LeftOut]:
        """What it lists, and what the settings name."""
        server = client.server
        itself = client.describe(anew=True)
        entries = _entries(client.listed(VOICES))
        names = [name for name in map(_name, entries) if name]
        yield from (LeftOut(entry, _NAMELESS) for entry in entries if not _name(entry))
        names = list(dict.fromkeys([*names, *server.voices]))
        if not names:
            raise EngineUnavailable(
                f"{client.called} does not list its voices: name them in the settings, under voices."
            )
        kokoro = CAPTIONED in itself.paths
        told = (itself.title, itself.version, "captioned" if kokoro else "plain")
        for name in names:
            languages = _languages(name) if kokoro or _KOKORO_VOICE.match(name) else ("mul",)
            yield ServerVoice(name, languages, server.sample_rate or USUAL_RATE, told)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Short enough for Kokoro where a voice is named like one of its."""
        kokoro = _KOKORO_VOICE.match(voice.id.rpartition("/")[2])
        most = _KOKORO_CHARACTERS if kokoro else _CHARACTERS
        return limits_by_script(language, characters=most, syllables=100, batch_seconds=120.0)

    def said(
        self, client: ServerClient, text: str, chunk: Chunk, voice: Voice, options: SpeakingOptions
    ) -> Said:
        """One request."""
        captioned = CAPTIONED in client.describe().paths
        request: dict[str, object] = {
            "model": client.server.model or ("kokoro" if captioned else "tts-1"),
            "input": text,
            "voice": voice.id,
            "response_format": client.server.format,
            "speed": options.rate,
        }
        if not captioned:
            reply = client.speak(SPEECH, request, most=SPEECH_REPLY_BYTES)
            return Said(speech_of(client, reply, chunk, voice, options))
        request |= {
            "stream": False,
            "return_timestamps": True,
            "normalization_options": _OWN_NORMALISER_OFF,
        }
        if letter := _letter(chunk.language):
            request["lang_code"] = letter
        reply = client.speak(CAPTIONED, request, most=2 * SPEECH_REPLY_BYTES)
        audio, words = _captioned(client, reply, chunk)
        pcm = speech_of(client, Reply(200, "", audio), chunk, voice, options)
        timings = words_told(words, chunk, pcm, voice.sample_rate) if words else None
        return Said(pcm, timings)


def _entries(said: Any) -> list[Any]:
    """The entries for voices in the shapes that servers list them in."""
    if isinstance(said, dict):
        said = said.get("voices", said.get("data", ()))
    return list(said) if isinstance(said, list) else []


def _name(entry: Any) -> str:
    """What a voice is asked for by; empty where its entry does not say."""
    name = entry.get("id") or entry.get("name") if isinstance(entry, dict) else entry
    return name if isinstance(name, str) else ""


def _languages(name: str) -> tuple[str, ...]:
    return (_KOKORO_LANGUAGES.get(name[:1], "mul"),)


def _letter(language: str) -> str:
    """Kokoro's letter for a language; empty when it has none."""
    tag = language.lower()
    by_tag = {tag: letter for letter, tag in _KOKORO_LANGUAGES.items()}
    primary = {tag.partition("-")[0]: letter for letter, tag in reversed(_KOKORO_LANGUAGES.items())}
    return by_tag.get(tag) or primary.get(tag.partition("-")[0], "")


def _captioned(
    client: ServerClient, reply: Reply, chunk: Chunk
) -> tuple[bytes, list[tuple[str, float, float]]]:
    """The audio file in a captioned reply, and the words in it, if it has any. Raises ``TakeRefused``."""
    said = reply.json()
    audio = said.get("audio") if isinstance(said, dict) else None
    if not isinstance(audio, str):
        why = client.words_of(reply) or "without a word"
        raise refused("no-audio", chunk, f"{client.server.label} answered with no audio but an error ({why})")
    try:
        file = base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused(
            "no-audio", chunk, f"{client.server.label} answered with audio that is no base64"
        ) from error
    timed = said.get("timestamps")
    return file, [word for entry in (timed if isinstance(timed, list) else ()) if (word := _word(entry))]


def _word(entry: Any) -> tuple[str, float, float] | None:
    """A word that is timed; None for what is not."""
    try:
        text, start, end = str(entry["word"]), float(entry["start_time"]), float(entry["end_time"])
    except (KeyError, TypeError, ValueError):
        return None
    return (text, start, end) if isfinite(start) and isfinite(end) and 0 <= start <= end else None
