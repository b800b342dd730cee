"""Somebody else's engine as a wheel: ``voxpress-sine``, which is nowhere but in the environments that tests make."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

ENGINE = '''"""Speaks every word as a sine."""

import os
import time

import numpy as np

from pipeline.model import Take, Timing, Voice
from pipeline.speech.engine import EngineLimits
from pipeline.speech.facts import EngineFacts

REVISION = "sine {version}"
RATE = 22050
PITCHES = {{"a": 220.0, "b": 330.0}}


class SineEngine:
    name = "sine"
    native_timings = True
    hidden = False
    facts = EngineFacts(
        title="Sine", homepage="https://example.org/sine", about="Every word is a sine.", hardware="Anything.",
        licence="MIT", weights_licence="None.", languages=("en",), timings="By itself.", limits="300 characters.",
        exercised="All of it.", devices=("cpu", "cuda"), precisions=("float16",),
    )

    def __init__(self, context):
        import sine_library  # brought by another module of the wheel, as a heavy library would be

        self.sine = sine_library.sine
        self.context = context
        print("a library says hello")

    def voices(self):
        return [
            Voice(name=f"sine:{{id}}", engine="sine", id=id, languages=("en", "de"), sample_rate=RATE,
                  revision=REVISION, quality=1, description=f"Sine {{id}}")
            for id in PITCHES
        ]

    def mixed(self, identity):
        if not all(part in PITCHES for part in identity.split("+")):
            return None
        return Voice(name=f"sine:{{identity}}", engine="sine", id=identity, languages=("en", "de"),
                     sample_rate=RATE, revision=REVISION, description=f"Sine {{identity}}")

    def limits(self, voice, language):
        return EngineLimits(characters=60 if language.startswith("de") else 90, batch_seconds=2.0,
                            characters_per_second=12.0)

    def speak(self, chunks, voice, options):
        for chunk in chunks:
            time.sleep(float(os.environ.get("VOXPRESS_TEST_SINE_SECONDS", "0")))
            pieces, timings, now = [], [], 0.1
            pitch = float(np.mean([PITCHES[part] for part in voice.id.split("+")]))
            for word in chunk.words:
                seconds = (0.1 + 0.03 * len(word.spoken)) / options.rate if word.spoken else 0.0
                timings.append(Timing(now, now + seconds))
                pieces += [self.sine(pitch, seconds, RATE), np.zeros(int(0.04 * RATE))]
                now += len(pieces[-2]) / RATE + len(pieces[-1]) / RATE
            quiet = np.zeros(int(0.1 * RATE))
            audio = np.concatenate([quiet, *pieces, quiet])
            if log := os.environ.get("VOXPRESS_TEST_SINE_LOG"):
                with open(log, "a") as file:
                    file.write(f"{{os.getpid()}} {{REVISION}}\\n")
            if log := os.environ.get("VOXPRESS_TEST_SINE_DEVICES"):
                gpu = os.environ.get("CUDA_VISIBLE_DEVICES", "none")
                with open(log, "a") as file:
                    file.write(f"{{os.getpid()}} {{self.context.device}} {{self.context.precision}} {{gpu}}\\n")
            yield Take((audio * 9000).astype(np.int16), RATE, tuple(timings))
'''
LIBRARY = """import numpy as np


def sine(pitch, seconds, rate):
    time = np.arange(int(seconds * rate)) / rate
    return np.sin(2 * np.pi * pitch * time) * np.clip(np.minimum(time, seconds - time) / 0.01, 0, 1)
"""


def sine_wheel(folder: Path, version: str = "1.0", engine: str = "sine") -> Path:
    """The wheel, in ``folder``; ``engine`` is the name under which it brings its engine."""
    info = f"voxpress_sine-{version}.dist-info"
    files = {
        "voxpress_sine.py": ENGINE.format(version=version),
        "sine_library.py": LIBRARY,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: voxpress-sine\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[voxpress.engines]\n{engine} = voxpress_sine:SineEngine\n",
    }
    lines = [f"{name},sha256={_digest(text)},{len(text.encode())}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"voxpress_sine-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
