"""The list of Piper voices that can be pulled: ``voices.json`` of the public repository, or of a mirror.

Its form: an object that maps a voice's id to ``{"language": {"code", ...}, "name", "quality", "num_speakers",
"aliases", "files": {path: {"size_bytes", "md5_digest"}}}``. It comes from outside, so nothing in it is
believed before it was looked at: not a name, not a path, not a size.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import limits
from pipeline.errors import FetchError
from pipeline.pulling.files import Checksum, MirroredFile
from pipeline.pulling.mirror import Mirror

logger = logging.getLogger(__name__)

PUBLIC_VOICES = "https://huggingface.co/rhasspy/piper-voices/resolve/main"
"""Piper's own voices. Each has its own licence, named in its MODEL_CARD."""
LIST = "voices.json"

_NAME = re.compile(r"\w[\w+-]*(\.[\w+-]+)*")
_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class PullableVoice:
    """One voice of the list."""

    id: str
    languages: tuple[str, ...]
    """BCP 47 tags, the best first."""
    quality: str
    """``x_low``, ``low``, ``medium`` or ``high``."""
    speakers: int
    model: MirroredFile
    config: MirroredFile
    card: MirroredFile | None
    """MODEL_CARD: where the voice comes from and under which licence."""
    aliases: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes to be pulled."""
        return self.model.size + self.config.size + (self.card.size if self.card else 0)


def available(source: str | Path | None = None, offline: bool = False) -> list[PullableVoice]:
    """What can be pulled from ``source`` (an https address or a folder; None: the public repository), by id.

    Entries that are not as they should be are logged and left out. Raises ``FetchError`` when there is no
    list, or when ``offline`` and the source is not a folder.
    """
    mirror = Mirror.at(source or PUBLIC_VOICES)
    if offline and mirror.remote:
        raise FetchError(f"{mirror.root} is on the network, and Voxpress is to stay offline; name a folder.")
    listed = mirror.read_json(LIST, limits.VOICE_LIST_BYTES)
    if not isinstance(listed, dict):
        raise FetchError(f"{mirror.root}/{LIST} is not a list of Piper voices.")
    return sorted(_voices(listed), key=lambda voice: voice.id)


def _voices(listed: dict[str, Any]) -> Iterator[PullableVoice]:
    for name, entry in listed.items():
        try:
            yield _voice(name, entry)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            logger.warning("the entry %r of the list of voices is left out: %s", name, error)


def _voice(name: str, entry: dict[str, Any]) -> PullableVoice:
    if not _NAME.fullmatch(name):
        raise ValueError("its name is not one for a file")
    files = {PurePosixPath(path).name: _file(path, facts) for path, facts in entry["files"].items()}
    return PullableVoice(
        id=name,
        languages=(str(entry["language"]["code"]).replace("_", "-"),),
        quality=str(entry.get("quality", "")),
        speakers=int(entry.get("num_speakers", 1)),
        model=files[f"{name}.onnx"],
        config=files[f"{name}.onnx.json"],
        card=files.get("MODEL_CARD"),
        aliases=tuple(str(alias) for alias in entry.get("aliases", ())),
    )


def _file(path: str, facts: dict[str, Any]) -> MirroredFile:
    if not all(_NAME.fullmatch(part) for part in path.split("/")):
        raise ValueError(f"the path {path!r} is not a plain one")
    size, md5 = facts["size_bytes"], facts["md5_digest"]
    if not isinstance(size, int) or not 0 <= size <= limits.VOICE_FILE_BYTES:
        raise ValueError(f"the size of {path} is beyond the limit of {limits.VOICE_FILE_BYTES} bytes")
    if not isinstance(md5, str) or not _MD5.fullmatch(md5):
        raise ValueError(f"{path} has no checksum")
    return MirroredFile(path, size, md5, Checksum.MD5)
