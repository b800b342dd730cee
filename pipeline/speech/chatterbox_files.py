"""Chatterbox as files: two models, each a folder with the files that its library is published with.

``<voices_dir>/chatterbox/english`` and ``<voices_dir>/chatterbox/multilingual``. The voice that comes with a model is
its ``conds.pt``; every other one is cloned.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.speech.piper_files import VoiceRecord, record_of

ENGLISH, MULTILINGUAL = "english", "multilingual"
FILES = {
    ENGLISH: ("ve.safetensors", "t3_cfg.safetensors", "s3gen.safetensors", "tokenizer.json"),
    MULTILINGUAL: (
        "ve.pt", "t3_mtl23ls_v2.safetensors", "s3gen.pt", "grapheme_mtl_merged_expanded_v1.json",
    ),
}  # fmt: skip
"""What the library reads of each model."""
OWN_VOICE = "conds.pt"
CANGJIE = "Cangjie5_TC.json"
"""How Chinese characters are typed: without it they would be given to the model as they are."""
PKUSEG = "spacy_ontonotes"
"""A folder: how Chinese is divided into words. The library would download it."""

LANGUAGES = (
    "en", "ar", "da", "de", "el", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "ms", "nl", "no", "pl", "pt", "ru",
    "sv", "sw", "tr", "zh",
)  # fmt: skip
"""Of the multilingual model, as it calls them."""
_NEEDS = {"he": "dicta_onnx", "ja": "pykakasi", "ru": "russian_text_stresser", "zh": "spacy_pkuseg"}
"""What writes a language as the model was taught it. Without it the library goes on with a line in its log."""


@dataclass(frozen=True, slots=True)
class ChatterboxModel:
    """One of the two, installed."""

    name: str
    folder: Path
    records: tuple[VoiceRecord, ...]
    languages: tuple[str, ...]
    """Those it can speak here, as it calls them."""

    @property
    def digest(self) -> str:
        """16 hex digits over all its files."""
        return hashlib.sha256("".join(record.sha256 for record in self.records).encode()).hexdigest()[:16]

    @property
    def licence(self) -> str:
        """Of its weights."""
        return next((record.licence for record in self.records if record.licence), "MIT")


def installed(folder: Path) -> Iterator[ChatterboxModel]:
    """The models in a folder, the English one first. One of which a file is missing is not there."""
    for name, files in FILES.items():
        place = folder / name
        if all((place / file).is_file() for file in files):
            records = tuple(record_of(place / file) for file in files)
            yield ChatterboxModel(
                name, place, records, ("en",) if name == ENGLISH else tuple(_speakable(place))
            )


def _speakable(folder: Path) -> Iterator[str]:
    for language in LANGUAGES:
        if importlib.util.find_spec(_NEEDS.get(language, "json")) is None:
            continue
        if language == "zh" and not ((folder / CANGJIE).is_file() and (folder / PKUSEG).is_dir()):
            continue
        yield language
