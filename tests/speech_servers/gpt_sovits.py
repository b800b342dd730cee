"""GPT-SoVITS' ``api_v2.py``, with the ways in which it fails."""

from __future__ import annotations

import itertools
import json
import zlib
from pathlib import Path

import numpy as np

from pipeline.audio.wav import open_wav, wav_bytes
from tests.speech_servers import Answer, Asked, SpeechSite, as_json, description
from tests.speech_servers.reading import spoken

RATE = 32_000
_LANGUAGES = ["auto", "en", "zh", "ja", "all_zh", "all_ja", "auto_yue", "yue", "ko", "all_yue", "all_ko"]


class GptSovitsServer(SpeechSite):
    """A server of version 2 that reads recordings where this host has them."""

    def __init__(self) -> None:
        super().__init__()
        self.fail = 0
        """How many of the next texts fail inside, which it answers with zeros."""
        self.unlucky = 0
        """One of so many texts fails inside, with the first seed that it is tried with."""
        self.tried: dict[str, int] = {}
        """That seed, by the unlucky text."""
        self.remembered: dict[str, float] = {}
        """Seconds of the recordings that it has read, by path: what lies there later is not looked at."""
        self.zeros_at = 16_000
        self._random = itertools.count(1)

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/openapi.json":
            return description(
                "FastAPI", "0.1.0", "/tts", "/control", "/set_gpt_weights", "/set_sovits_weights"
            )
        if asked.path != "/tts":
            return as_json({"message": "success"})
        request = asked.json
        for name in ("ref_audio_path", "text", "text_lang", "prompt_lang"):
            if not request.get(name):
                return as_json({"message": f"{name} is required"}, 400)
        for name in ("text_lang", "prompt_lang"):
            if request[name].lower() not in _LANGUAGES:
                return as_json({"message": f"{name}: {request[name]} is not supported in version v2"}, 400)
            if request[name] not in _LANGUAGES:
                return as_json({"message": "tts failed", "Exception": ""}, 400)
        path = request["ref_audio_path"]
        if path not in self.remembered:
            if not Path(path).is_file():
                return as_json({"message": "tts failed", "Exception": f"{path} not exists"}, 400)
            rate, pcm = open_wav(Path(path))
            self.remembered[path] = len(pcm) / rate
        if not 3 <= self.remembered[path] <= 10:
            return as_json(
                {"message": "tts failed", "Exception": "Reference audio is outside the 3-10 second range"},
                400,
            )
        if self.fail or self._is_unlucky(request["text"], request.get("seed", -1)):
            self.fail = max(0, self.fail - 1)
            return 200, "audio/wav", wav_bytes(np.zeros(self.zeros_at, np.int16), self.zeros_at)
        seed = request.get("seed", -1)
        seed = next(self._random) if seed < 0 else seed
        said = spoken(request["text"], RATE, request.get("speed_factor", 1.0), seed=seed % 400).pcm
        pause = np.zeros(round(RATE * request.get("fragment_interval", 0.3)), np.int16)
        return 200, "audio/wav", wav_bytes(np.concatenate([said, pause]), RATE)

    def _is_unlucky(self, text: str, seed: int) -> bool:
        if not self.unlucky or zlib.crc32(text.encode()) % self.unlucky:
            return False
        return self.tried.setdefault(text, seed) == seed


def requests_of(site: GptSovitsServer) -> list[dict[str, object]]:
    """What it was asked to speak."""
    return [json.loads(asked.body) for asked in site.posts("/tts")]
