"""``rvc-python``'s server, after its ``api.py``: the model and its parameters are its state."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import numpy as np
import soxr

from pipeline.audio.wav import read_wav, wav_bytes
from pipeline.model import Pcm
from tests.speech_servers import Answer, Asked, SpeechSite, as_json

RATE = 40_000


class RvcServer(SpeechSite):
    """Two models; what comes out is darker, and ten milliseconds longer."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ""
        self.parameters: dict[str, Any] = {}
        self.spoil: Callable[[Pcm], Pcm] = lambda pcm: pcm

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/models":
            return as_json({"models": ["anna", "ben of the mill", "../up"]})
        if asked.path.startswith("/models/"):
            name = unquote(asked.path.removeprefix("/models/"))
            if name not in ("anna", "ben of the mill"):
                return as_json({"detail": f"Model {name} not found."}, 400)
            self.model = name
            return as_json({"message": f"Model {name} loaded successfully"})
        if asked.path == "/params":
            self.parameters |= asked.json["params"]
            return as_json({"message": "Parameters updated successfully"})
        if asked.path == "/convert":
            if not self.model:
                return as_json({"detail": "No model loaded. Please load a model first."}, 400)
            rate, pcm = read_wav(base64.b64decode(asked.json["audio_data"]))
            return 200, "audio/wav", wav_bytes(self.spoil(self._converted(pcm, rate)), RATE)
        return as_json({"detail": "Not Found"}, 404)

    def _converted(self, pcm: Pcm, rate: int) -> Pcm:
        sound = soxr.resample(pcm.astype(np.float32), rate, RATE)
        kernel = np.hanning(9 if self.model == "anna" else 21)
        dark = np.convolve(sound, kernel / kernel.sum(), mode="same")
        return np.concatenate([dark, np.zeros(RATE // 100)]).astype(np.int16)
