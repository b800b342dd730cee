"""Chatterbox-TTS-Server, after devnen's ``server.py`` and ``models.py``."""

from __future__ import annotations

import email.parser
import email.policy
import itertools

import numpy as np

from pipeline.audio.wav import wav_bytes
from tests.speech_servers import Answer, Asked, SpeechSite, as_json, description
from tests.speech_servers.reading import spoken

RATE = 24_000
_NUMBERS = {"temperature": (0.0, 1.5), "exaggeration": (0.25, 2.0), "cfg_weight": (0.0, 1.0)}


class ChatterboxServer(SpeechSite):
    """Multilingual Chatterbox with one predefined voice."""

    def __init__(self) -> None:
        super().__init__()
        self.references: dict[str, bytes] = {}
        self._random = itertools.count(1)

    def answer(self, asked: Asked) -> Answer:
        match asked.path:
            case "/openapi.json":
                return description("Chatterbox TTS Server", "2.0.2", "/tts", "/upload_reference")
            case "/get_predefined_voices":
                return as_json(
                    [
                        {"display_name": "Abigail", "filename": "Abigail.wav"},
                        {"display_name": "Up", "filename": "../../secret.wav"},
                    ]
                )
            case "/get_reference_files":
                return as_json(sorted(self.references))
            case "/api/model-info":
                languages = {"en": "English", "fr": "French"}
                return as_json(
                    {
                        "loaded": True,
                        "type": "multilingual",
                        "class_name": "ChatterboxMultilingualTTS",
                        "sample_rate": RATE,
                        "supported_languages": languages,
                    }
                )
            case "/upload_reference":
                return self._upload(asked)
            case "/tts":
                return self._tts(asked)
        return as_json({"detail": "Not Found"}, 404)

    def _upload(self, asked: Asked) -> Answer:
        head = f"Content-Type: {asked.headers['Content-Type']}\r\n\r\n".encode()
        form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + asked.body)
        for part in form.iter_parts():
            self.references[str(part.get_filename())] = part.get_payload(decode=True)  # type: ignore[assignment]
        names = sorted(self.references)
        return as_json({"message": "ok", "uploaded_files": names, "all_reference_files": names, "errors": []})

    def _tts(self, asked: Asked) -> Answer:
        request = asked.json
        for name, (low, high) in _NUMBERS.items():
            if not low <= request.get(name, low) <= high:
                return as_json({"detail": [{"loc": ["body", name], "msg": "out of range"}]}, 422)
        if request.get("voice_mode", "predefined") == "predefined":
            if request.get("predefined_voice_id") != "Abigail.wav":
                return as_json({"detail": "Predefined voice file not found."}, 404)
        elif request.get("reference_audio_filename") not in self.references:
            return as_json({"detail": "Reference audio file not found."}, 404)
        text = request["text"]
        if request.get("split_text", True) and len(text) > 1.5 * request.get("chunk_size", 120):
            text = text.replace(". ", ".  ") + " again"  # divided: it sounds different
        if len(text) > 300 and not text.isalpha():
            return as_json({"detail": "Error processing audio chunk 1: CUDA error: device-side assert"}, 500)
        seed = request.get("seed", 0) or 1000 + next(self._random)
        pcm = spoken(text, RATE, request.get("speed_factor", 1.0), seed=seed % 400).pcm
        pcm = np.concatenate([pcm] * 12)[: 40 * RATE] if "forty" in text else pcm
        return 200, "audio/wav", wav_bytes(pcm, RATE)
