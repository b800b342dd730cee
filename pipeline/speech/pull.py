"""Get a Piper voice, add one's own, remove one.

A voice appears whole or not at all: files are fetched beside their place, checked against the list's size and
checksum, and moved in such an order that the configuration, without which a voice is not listed, comes last.
What was fetched before a break is kept and gone on with. The list has MD5 only, so the SHA-256 of the model
that passed is written down, and compared whenever the model is loaded.
"""

from __future__ import annotations

import difflib
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

from pipeline import limits
from pipeline.errors import EngineUnavailable, SpeechError, VoiceNotFound
from pipeline.model import Voice
from pipeline.pulling.files import MirroredFile, Progress, Pulling, only_one
from pipeline.pulling.mirror import Mirror
from pipeline.speech.catalogue import PUBLIC_VOICES, PullableVoice, available
from pipeline.speech.engine import EngineContext
from pipeline.speech.piper import PHONEME_TYPES, PiperEngine
from pipeline.speech.piper_files import VoiceRecord, config_path, record_path, write_record

_LICENCE = re.compile(r"^\W*licen[cs]e\W*[:：]\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_LONGEST_LICENCE = 200


def pull(
    name: str, context: EngineContext, source: str | Path | None = None, progress: Progress | None = None
) -> Voice:
    """Fetch a voice of the list of ``source`` (None: Piper's public one); the installed voice.

    Raises ``VoiceNotFound``, ``FetchError`` (network, size, checksum), ``EngineUnavailable`` when Piper
    cannot run here or not with this voice, and ``SpeechError`` when the folder cannot be written.
    """
    engine = _piper(context)
    wanted = name.removeprefix("piper:")
    voice = _listed(wanted, available(source))
    mirror = Mirror.at(source or PUBLIC_VOICES)
    try:
        with only_one(_folder(context)) as folder:
            _pull(voice, Pulling(mirror, voice.size, progress), folder)
    except OSError as error:
        raise SpeechError(f"The voice “{voice.id}” cannot be written: {error}.") from error
    return _installed(engine, voice.id)


def add(model: Path, context: EngineContext) -> Voice:
    """Copy one's own voice, an ``.onnx`` with its ``.onnx.json`` beside it, to the installed ones.

    Raises ``VoiceNotFound`` when a file is missing, ``SpeechError`` when it cannot be copied.
    """
    engine = _piper(context)
    for file in (model, config_path(model)):
        if model.suffix != ".onnx" or not file.is_file():
            raise VoiceNotFound(
                f"{file} is missing: a Piper voice is NAME.onnx with NAME.onnx.json beside it."
            )
    _require_readable(config_path(model), model.stem)
    try:
        with only_one(_folder(context)) as folder:
            target = folder / model.name
            parts = {file: folder / f".{file.name}.part" for file in (model, config_path(model))}
            for file, part in parts.items():
                shutil.copyfile(file, part)
            _put_in_place(target, parts[model], parts[config_path(model)], None)
    except OSError as error:
        raise SpeechError(f"The voice {model} cannot be added: {error}.") from error
    return _installed(engine, model.stem)


def remove(name: str, context: EngineContext) -> None:
    """Delete an installed voice. Raises ``VoiceNotFound``, ``SpeechError`` when it cannot be deleted."""
    voice = _installed(_piper(context), name.removeprefix("piper:").partition("#")[0])
    try:
        with only_one(_folder(context)) as folder:
            model = folder / f"{voice.id}.onnx"
            config_path(model).unlink()
            record_path(model).unlink(missing_ok=True)
            model.unlink()
    except OSError as error:
        raise SpeechError(f"The voice “{voice.id}” cannot be removed: {error}.") from error


def _piper(context: EngineContext) -> PiperEngine:
    return PiperEngine(replace(context, device="cpu"))


def _listed(wanted: str, offered: list[PullableVoice]) -> PullableVoice:
    for voice in offered:
        if wanted == voice.id or wanted in voice.aliases:
            return voice
    near = difflib.get_close_matches(wanted, [voice.id for voice in offered], n=5, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    raise VoiceNotFound(f"There is no voice “{wanted}” to pull{hint}")


def _installed(engine: PiperEngine, name: str) -> Voice:
    for voice in engine.voices():
        if voice.id == name:
            return voice
    raise VoiceNotFound(
        f"There is no installed voice “piper:{name}”; `voxpress voices list` shows what is there."
    )


def _folder(context: EngineContext) -> Path:
    return context.voices_dir / "piper"


def _pull(voice: PullableVoice, pulling: Pulling, folder: Path) -> None:
    licence = ""
    if voice.card:
        pulling.fetch(voice.card, card := _part(voice.card, folder))
        licence = licence_of(card.read_text("utf-8", errors="replace"))
        card.unlink()
    pulling.fetch(voice.config, config := _part(voice.config, folder))
    _require_readable(config, voice.id)  # before the large one
    sha256 = pulling.fetch(voice.model, weights := _part(voice.model, folder))
    record = VoiceRecord(
        size=voice.model.size,
        mtime_ns=weights.stat().st_mtime_ns,
        sha256=sha256,
        pulled_sha256=sha256,
        source=f"{pulling.mirror.root}/{voice.model.path}",
        licence=licence,
    )
    _put_in_place(folder / f"{voice.id}.onnx", weights, config, record)


def _put_in_place(model: Path, weights: Path, config: Path, record: VoiceRecord | None) -> None:
    config_path(model).unlink(missing_ok=True)
    record_path(model).unlink(missing_ok=True)
    weights.replace(model)
    if record:
        write_record(model, record)
    config.replace(config_path(model))


def _part(file: MirroredFile, folder: Path) -> Path:
    """Where it is while it is fetched. The checksum is in the name: a file that has changed since is begun anew."""
    return folder / f".{Path(file.path).name}.{file.digest[:12]}.part"


def _require_readable(config: Path, name: str) -> None:
    try:
        if config.stat().st_size > limits.VOICE_CONFIG_BYTES:
            raise ValueError("it is too large")
        kind = json.loads(config.read_bytes()).get("phoneme_type", "espeak")
    except (ValueError, AttributeError) as error:
        raise EngineUnavailable(
            f"The configuration of the voice “{name}” cannot be read: {error}."
        ) from error
    if kind not in PHONEME_TYPES:
        raise EngineUnavailable(
            f"The voice “{name}” needs Piper's phonemes of the kind “{kind}”, which need further packages "
            "that Voxpress does not use; choose another voice."
        )


def licence_of(card: str) -> str:
    """The licence that a voice's MODEL_CARD names; empty where it names none."""
    found = _LICENCE.search(card)
    return found[1].strip()[:_LONGEST_LICENCE] if found else ""


__all__ = ["PUBLIC_VOICES", "PullableVoice", "add", "available", "licence_of", "pull", "remove"]
