"""Models of coqui-tts as folders, called as the library calls them, and made safe to be read by it.

    <voices_dir>/coqui/tts_models--en--ljspeech--vits/             config.json, model_file.pth, speaker_ids.json ...
    <voices_dir>/coqui/vocoder_models--en--ljspeech--hifigan_v2/   for models that draw spectrograms only
    <voices_dir>/coqui/voice_conversion_models--.../               pipeline.speech.coqui_conversion

A configuration names files by the paths of whoever trained it, files to be fetched, and a class to be imported; here
files are those of the folder or none, and classes the library's own. Nothing here imports torch.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import limits
from pipeline.speech.coqui_statistics import require_numbers
from pipeline.speech.piper_files import record_of
from pipeline.speech.xtts_files import slug

logger = logging.getLogger(__name__)

WEIGHTS = ("model_file.pth", "model_file.pth.tar", "model.pth", "best_model.pth", "best_model.pth.tar")
MODELS = (
    "align_tts", "delightful_tts", "fast_pitch", "fast_speech", "fastspeech2", "glow_tts", "neuralhmm_tts",
    "overflow", "speedy_speech", "tacotron", "tacotron2", "vits",
)  # fmt: skip
"""What is spoken, and Tortoise. Not Bark, whose weights the library reads as pickles that could run code; XTTS is an
engine of its own."""
TORTOISE = "tortoise"
_PLACES = (".models", "data", "")
"""Where the parts of Tortoise stand, as its makers publish them."""
_PARTS = ("autoregressive.pth", "diffusion_decoder.pth", "clvp2.pth", "vocoder.pth", "mel_norms.pth")
_OWN_VOICE = ("rlg_auto.pth", "rlg_diffuser.pth")
"""What draws Tortoise's own voice."""
BASES = ("forward_tts", "tacotron", "tacotron2", "vits")
"""What some of them are forms of."""
WHOLE = ("delightful_tts", "vits")
"""Those that need no vocoder."""
_NOT_SPOKEN = ("vocoder_models--", "voice_conversion_models--")
ENCODER, ENCODER_CONFIG = ("model_se.pth", "model_se.pth.tar"), "config_se.json"
"""What the library calls the part that listens to a recording."""
_CLASSES = re.compile(r"TTS\.tts\.[A-Za-z0-9_.]+")
_FILE_KEYS = ("_file", "_path", "_files", "_paths")
_BESIDE = {
    "stats_path": ("scale_stats.npy",),
    "d_vector_file": ("speakers.json", "speakers.pth"),
    "speakers_file": ("speaker_ids.json", "speaker_ids.pth"),
    "language_ids_file": ("language_ids.json",),
}
"""What the library calls these files when it fetches a model."""


@dataclass(frozen=True, slots=True)
class CoquiFiles:
    """One model."""

    id: str
    folder: Path
    weights: Path
    config: dict[str, Any]
    """As it may be given to the library."""
    digest: str
    """Of all files that the model is read from, 16 hex digits."""
    licence: str
    languages: tuple[str, ...]
    """BCP 47, as near as its makers say."""
    speakers: dict[str, str]
    """What they are called in a voice's name, and in the model."""
    vocoder: CoquiFiles | None = None
    encoder: Path | None = None
    """What listens to recordings (``model_se.pth``), of models that can speak like somebody's."""

    @property
    def kind(self) -> str:
        """Which of ``MODELS``."""
        return str(self.config.get("model", "")).lower()

    @property
    def sample_rate(self) -> int:
        """Hz, of what is heard."""
        audio = (self.vocoder or self).config.get("audio") or {}
        return int(audio.get("output_sample_rate") or audio.get("sample_rate") or 22_050)

    @property
    def phonemes(self) -> bool:
        """Whether it reads phonemes, not letters."""
        return bool(self.config.get("use_phonemes"))


def installed(folder: Path) -> Iterator[CoquiFiles]:
    """The models of a folder, by name. One that cannot be read is logged and left out."""
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        parts = _part(place, _PARTS[0])
        if place.name.startswith(_NOT_SPOKEN) or not (parts or (place / "config.json").is_file()):
            continue
        try:
            files = _read_parts(place) if parts else read_model(place)
            known = (TORTOISE,) if parts else MODELS
            if files.kind not in known or files.config.get("base_model") not in (
                None,
                *BASES,
            ):
                raise ValueError(f"its kind, {files.kind or 'unnamed'}, is not one that is spoken here")
            yield files
        except (OSError, ValueError) as error:
            logger.warning("the Coqui model %s is left out: %s", place, error)


def read_model(folder: Path) -> CoquiFiles:
    """One model, with its vocoder. Raises ``OSError`` or ``ValueError`` when it is not complete, or not safe."""
    listed = _listed(folder.name)
    config = _config(folder)
    weights = first_of(folder, WEIGHTS)
    if weights is None:
        raise FileNotFoundError(f"there is none of {', '.join(WEIGHTS)}")
    encoder = _add_encoder(config, folder)
    vocoder = None
    if listed.get("default_vocoder"):
        beside = folder.parent / str(listed["default_vocoder"]).replace("/", "--")
        vocoder = read_model(beside) if (beside / "config.json").is_file() else None
    read = [
        path for path in sorted(folder.iterdir()) if path.suffix in (".json", ".npy") and _is_theirs(path)
    ]
    digest = hashlib.sha256(record_of(weights).sha256.encode())
    for path in read:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(vocoder.digest.encode() if vocoder else b"")
    digest.update(record_of(encoder).sha256.encode() if encoder else b"")
    return CoquiFiles(
        folder.name,
        folder,
        weights,
        config,
        digest.hexdigest()[:16],
        str(listed.get("license") or ""),
        _languages(folder, config),
        _speakers(config),
        vocoder,
        encoder,
    )


def _read_parts(folder: Path) -> CoquiFiles:
    """Tortoise: weights in parts, of which the last two may be missing."""
    parts = {name: _part(folder, name) for name in (*_PARTS, *_OWN_VOICE)}
    if lacking := [name for name in _PARTS if not parts[name]]:
        raise FileNotFoundError(f"there is no {', '.join(lacking)}")
    if twice := [name for name in parts if len(list(folder.rglob(name))) > 1]:
        raise ValueError(f"there is more than one {', '.join(twice)}")  # the library would take either
    path = folder / "config.json"
    config = _config(folder) if path.is_file() else {}
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for name, part in parts.items():
        digest.update(f"{name} {record_of(part).sha256 if part else ''}\n".encode())
    licence = str(_listed(folder.name).get("license") or "")
    own = {"own": "drawn by chance"} if all(parts[name] for name in _OWN_VOICE) else {}
    weights = parts[_PARTS[0]]
    assert weights is not None
    config = {
        **config,
        "model": TORTOISE,
        "audio": {**(config.get("audio") or {}), "output_sample_rate": 24_000},
    }
    return CoquiFiles(
        folder.name, folder, weights, config, digest.hexdigest()[:16], licence, ("en",), own, encoder=weights
    )


def _part(folder: Path, name: str) -> Path | None:
    return next((found for place in _PLACES if (found := folder / place / name).is_file()), None)


def first_of(folder: Path, names: Iterable[str]) -> Path | None:
    """The first of the files that is there."""
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _is_theirs(path: Path) -> bool:
    return not path.name.endswith(".voxpress.json")


def _config(folder: Path) -> dict[str, Any]:
    config = read_json(folder / "config.json")
    kind = (config.get("characters") or {}).get("characters_class")
    if kind and not _CLASSES.fullmatch(str(kind)):
        raise ValueError(f"its configuration names “{kind}”, which is not of the library")
    config = {key: _localised(value, folder, key) for key, value in config.items()}
    for part in (config, config.get("model_args") or {}):
        for key in ("speaker_encoder_model_path", "speaker_encoder_config_path"):
            if key in part:
                part[key] = ""
        if "use_speaker_encoder_as_loss" in part:  # for training only, and without an encoder nothing loads
            part["use_speaker_encoder_as_loss"] = False
    stats = (config.get("audio") or {}).get("stats_path")
    if stats:
        require_numbers(Path(stats))
    return config


def _add_encoder(config: dict[str, Any], folder: Path) -> Path | None:
    """Let the library load what listens to recordings, where it is there and the model takes what it hears."""
    arguments = config.get("model_args") or {}
    weights, beside = first_of(folder, ENCODER), folder / ENCODER_CONFIG
    listens = config.get("model") == "vits" and arguments.get("use_d_vector_file")
    if not listens or weights is None or not beside.is_file():
        return None
    if (read_json(beside).get("audio") or {}).get("stats_path"):  # read as a pickle of any kind
        raise ValueError(f"{beside.name} names statistics, which what listens has no use for")
    arguments["speaker_encoder_model_path"] = str(weights)
    arguments["speaker_encoder_config_path"] = str(beside)
    return weights


def _localised(value: Any, folder: Path, key: str = "") -> Any:
    """With every file one of the folder: none of elsewhere, and none to be fetched."""
    if key.endswith(_FILE_KEYS) and not isinstance(value, bool):  # use_d_vector_file names none
        return _own(key, value, folder)
    if isinstance(value, list):
        return [_localised(one, folder) for one in value]
    if isinstance(value, dict):
        return {name: _localised(one, folder, name) for name, one in value.items()}
    return value


def _own(key: str, value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        found = [_own(key, one, folder) for one in value[:1]]
        return [one for one in found if one]
    named = (Path(value).name,) if isinstance(value, str) and value else ()
    for name in (*named, *_BESIDE.get(key, ())):
        if (folder / name).is_file():
            return str(folder / name)
    return "" if isinstance(value, str) else None


def read_json(path: Path) -> dict[str, Any]:
    """A configuration. Raises ``OSError`` or ``ValueError``."""
    if path.stat().st_size > limits.VOICE_LIST_BYTES:
        raise ValueError(f"{path.name} is larger than {limits.VOICE_LIST_BYTES} bytes")
    found = json.loads(path.read_bytes())
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is not what it should be")
    return found


def _speakers(config: Mapping[str, Any]) -> dict[str, str]:
    arguments = config.get("model_args") or {}

    def said(name: str) -> Any:
        return arguments.get(name) or config.get(name)

    names: list[str] = []
    if said("use_d_vector_file") and (file := said("d_vector_file")):
        vectors = read_json(Path(file[0] if isinstance(file, list) else file))
        names = [str(one.get("name", "")) for one in vectors.values() if isinstance(one, dict)]
    elif said("use_speaker_embedding"):
        listed = config.get("speakers")
        file = said("speakers_file")
        names = [str(one) for one in listed] if listed else list(read_json(Path(file))) if file else []
    found: dict[str, str] = {}
    for name in sorted(set(names) - {""}):
        found.setdefault(slug(name), name)
    return found


def _languages(folder: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
    arguments = config.get("model_args") or {}
    file = arguments.get("language_ids_file") or config.get("language_ids_file")
    many = list(read_json(Path(file))) if file else config.get("languages") or []
    named = re.match(r"tts_models--([^-]+(?:-[^-]+)*)--", folder.name)
    one = named[1] if named and named[1] != "multilingual" else config.get("phoneme_language") or "mul"
    return tuple(str(tag).replace("_", "-") for tag in (many or [one]))


@cache
def _library_list() -> dict[str, Any]:
    """The library's own list of models, read without importing it."""
    spec = importlib.util.find_spec("TTS")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / ".models.json"
        if path.is_file():
            return dict(json.loads(path.read_bytes()))
    return {}


def _listed(name: str) -> Mapping[str, Any]:
    found: Any = _library_list()
    for part in name.split("--", 3):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
