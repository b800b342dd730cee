"""Piper's HTTP server, after piper1-gpl's ``http_server.py``, with its way to cut names."""

from __future__ import annotations

from typing import Any

from pipeline.audio.wav import wav_bytes
from tests.speech_servers import Answer, Asked, SpeechSite, as_json
from tests.speech_servers.reading import spoken


def config(dataset: str, code: str, quality: str, rate: int, **more: Any) -> dict[str, Any]:
    """A voice's ``.onnx.json``, the part that is looked at."""
    return {
        "dataset": dataset,
        "audio": {"sample_rate": rate, "quality": quality},
        "espeak": {"voice": code},
        "language": {"code": code},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "num_speakers": 1,
        **more,
    }


class PiperServer(SpeechSite):
    """Three voices, of which one has two speakers; the default one speaks British."""

    def __init__(self) -> None:
        super().__init__()
        self.files = {
            "en_US-test-low": config("test", "en_US", "low", 16_000),
            "en_US-jason": config("jason", "en_US", "", 22_050),
            "en_GB-two-medium": config(
                "two", "en_GB", "medium", 22_050, num_speakers=2, speaker_id_map={"ann": 0, "ben": 1}
            ),
        }

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/voices":
            cut = ".onnx.json"  # as a set of letters, which is how its list gets names wrong
            return as_json({f"{name}.onnx.json".rstrip(cut): one for name, one in self.files.items()})
        if asked.path == "/synthesize":
            request = asked.json
            if not request.get("text", "").strip():
                return 500, "text/html", b"<h1>Internal Server Error</h1>"
            name = request.get("voice", "")
            found = self.files.get(name)
            rate = found["audio"]["sample_rate"] if found else 22_050
            text = request["text"].replace("[[", " phonemes ")
            voice = "en-us" if found else "en-gb"
            seed = int(request.get("speaker_id") or 0) * 50
            said = spoken(text, rate, 1 / request.get("length_scale", 1.0), voice, seed)
            return 200, "text/html; charset=utf-8", wav_bytes(said.pcm, rate)
        return 404, "text/html", b"<h1>Not Found</h1>"
