"""XTTS models as folders: ``<voices_dir>/xtts/<model>`` with what its makers publish, and the voices it can have.

    config.json  vocab.json  model.safetensors (or model.pth)  speakers_xtts.pth

Nothing here imports torch: voices are listed where none is spoken. The studio speakers come as a pickle; they are
written anew as ``speakers_xtts.safetensors`` once, by a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import limits
from pipeline.speech.piper_files import record_of

logger = logging.getLogger(__name__)

WEIGHTS = ("model.safetensors", "model.pth")
SPEAKERS, SPEAKERS_PICKLE = "speakers_xtts.safetensors", "speakers_xtts.pth"
LATENT, EMBEDDING = "/gpt_cond_latent", "/speaker_embedding"
"""After a speaker's name, what is kept of each."""
_CONVERT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class XttsFiles:
    """One model."""

    id: str
    folder: Path
    weights: Path
    config: dict[str, Any]
    digest: str
    """Of the weights, and of all that stands beside them: 16 hex digits of each, joined."""
    licence: str
    languages: tuple[str, ...]
    """BCP 47."""
    speakers: dict[str, str]
    """The studio speakers: what they are called in a voice's name, and in the model."""


def installed(folder: Path) -> Iterator[XttsFiles]:
    """The models of a folder, by name. One that cannot be read is logged and left out."""
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not (place / "config.json").is_file():
            continue
        try:
            yield read_model(place)
        except (OSError, ValueError) as error:
            logger.warning("the XTTS model %s is left out: %s", place, error)


def read_model(folder: Path) -> XttsFiles:
    """One model. Raises ``OSError`` or ``ValueError`` when it is not complete."""
    path = folder / "config.json"
    if path.stat().st_size > limits.VOICE_CONFIG_BYTES:
        raise ValueError(f"its configuration is larger than {limits.VOICE_CONFIG_BYTES} bytes")
    data = path.read_bytes()
    config = json.loads(data)
    if not isinstance(config, dict) or config.get("model") != "xtts":
        raise ValueError("its configuration is not that of an XTTS model")
    weights = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if weights is None:
        raise FileNotFoundError(f"there is neither {' nor '.join(WEIGHTS)}")
    record = record_of(weights)
    speakers = _speakers(folder)
    beside = [folder / name for name in ("config.json", "vocab.json", *((SPEAKERS,) if speakers else ()))]
    small = hashlib.sha256(b"".join(hashlib.sha256(one.read_bytes()).digest() for one in beside)).hexdigest()
    languages = tuple("zh" if one.startswith("zh") else one for one in config.get("languages") or ())
    return XttsFiles(
        folder.name,
        folder,
        weights,
        config,
        f"{record.sha256[:16]}-{small[:16]}",
        record.licence,
        languages,
        speakers,
    )


def _speakers(folder: Path) -> dict[str, str]:
    path, pickled = folder / SPEAKERS, folder / SPEAKERS_PICKLE
    if not path.exists():
        if not pickled.exists():
            return {}
        _convert(pickled)
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        names = sorted(key.removesuffix(LATENT) for key in file.keys() if key.endswith(LATENT))  # noqa: SIM118
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(slug(name), name)
    return found


def slug(name: str) -> str:
    """A speaker's name as part of a voice's: ``Zoë Ünal`` is ``zoe-unal``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or hashlib.sha256(name.encode()).hexdigest()[:8]


def _convert(pickled: Path) -> None:
    """Write the speakers without a pickle, in a process of its own: torch has no place in this one."""
    command = [sys.executable, "-m", "pipeline.speech.xtts_speakers", str(pickled)]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=_CONVERT_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it was ended"])[-1]
        raise ValueError(f"its speakers cannot be read: {said}")
