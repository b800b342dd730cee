"""A server with ``/v1/audio/speech``, and Kokoro-FastAPI.

After OpenAI's API reference and remsky/Kokoro-FastAPI's ``schemas.py``, ``openai_compatible.py``, ``development.py``.
"""

from __future__ import annotations

import base64
import subprocess
from typing import Any

from pipeline.audio.ffmpeg import find_ffmpeg
from tests.speech_servers import Answer, Asked, SpeechSite, as_json, description
from tests.speech_servers.reading import spoken, wav_of

RATE = 24_000
_VOICES = {"af_bella": "en-us", "bm_george": "en-gb", "ef_dora": "es"}


class PlainServer(SpeechSite):
    """Speaks, lists no voices and says nothing of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.rate = RATE
        self.instead: bytes | None = None
        """A body that is answered with status 200."""

    def answer(self, asked: Asked) -> Answer:
        if asked.path != "/v1/audio/speech":
            return as_json({"error": {"message": "Not found"}}, 404)
        request = asked.json
        if self.instead is not None:
            return 200, "application/json" if self.instead[:1] == b"{" else "audio/wav", self.instead
        audio = wav_of(request["input"], self.rate, request.get("speed", 1.0))
        return _as(audio, request.get("response_format", "mp3"))


class KokoroServer(PlainServer):
    """Kokoro-FastAPI."""

    def __init__(self) -> None:
        super().__init__()
        self.null_timestamps = False
        self.unnamed: set[str] = set()
        """Words that it does not time."""

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/openapi.json":
            return description("Kokoro TTS API", "0.6.0", "/v1/audio/speech", "/dev/captioned_speech")
        if asked.path == "/v1/audio/voices":
            return as_json({"voices": [{"id": name, "name": name} for name in _VOICES]})
        request = asked.json if asked.method == "POST" else {}
        if request and request["voice"] not in _VOICES:
            return as_json(
                {
                    "detail": {
                        "error": "validation_error",
                        "message": f"Voice '{request['voice']}' not found",
                        "type": "invalid_request_error",
                    }
                },
                400,
            )
        if asked.path == "/dev/captioned_speech":
            return self._captioned(request)
        return super().answer(asked)

    def _captioned(self, request: dict[str, Any]) -> Answer:
        if request.get("stream", True):
            return (
                200,
                "application/json",
                b'{"audio": "", "audio_format": "audio/wav", "timestamps": []}\n{}\n',
            )
        text = request["input"]
        if request.get("normalization_options", {}).get("normalize", True):
            text = text.replace("$", " dollars ")
        voice = _VOICES[request["voice"]]
        said = spoken(text, RATE, request.get("speed", 1.0), voice)
        times = [
            {"word": part, "start_time": round(start, 3), "end_time": round(end, 3)}
            for word, start, end in said.words
            for part in _tokens(word)
            if word not in self.unnamed
        ]
        kind, audio = _as(wav_of(text, RATE, request.get("speed", 1.0), voice), request["response_format"])[
            1:
        ]
        return as_json(
            {
                "audio": base64.b64encode(audio).decode(),
                "audio_format": kind,
                "timestamps": None if self.null_timestamps else times,
            }
        )


def _tokens(word: str) -> list[str]:
    """Punctuation is a token of its own, as in Kokoro's English."""
    bare = word.rstrip(".,!?;:")
    return [part for part in (bare, word[len(bare) :]) if part]


def _as(wav: bytes, wanted: str) -> Answer:
    if wanted == "wav":
        return 200, "audio/wav", wav
    kinds = {"mp3": ["-f", "mp3"], "opus": ["-c:a", "libopus", "-f", "ogg"], "flac": ["-f", "flac"]}
    done = subprocess.run(
        [str(find_ffmpeg()), "-v", "error", "-i", "pipe:0", *kinds[wanted], "pipe:1"],
        input=wav,
        capture_output=True,
        check=True,
    )
    return 200, f"audio/{wanted}", done.stdout
