"""Voice conversion with the models of coqui-tts: FreeVC, kNN-VC, OpenVoice v1 and v2.

What they convert into is the person of a recording: any cloned voice of any engine, with the consent that was given
for it. Files are those of ``<voices_dir>/coqui``, in folders that are called as the library calls them; targets are
listed without the library, so that a book can be planned where it is not. Tested only with models of random weights.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pipeline.errors import EngineUnavailable
from pipeline.model import Pcm, SpeakingOptions
from pipeline.serial import key_of
from pipeline.speech.clones import SUFFIX, Clone, clones
from pipeline.speech.conversion import Target
from pipeline.speech.coqui_conversion_model import ConversionModel
from pipeline.speech.coqui_files import WEIGHTS, CoquiFiles, first_of, read_json, read_model
from pipeline.speech.engine import EngineContext
from pipeline.speech.facts import EngineFacts
from pipeline.speech.piper_files import record_of
from pipeline.speech.weights import PRECISIONS, require_device, require_library

DRIVER = 1
"""Part of every target's revision: raise it when a model sounds different than before."""
SERIES = "0.28"
"""Of coqui-tts, as the extra pins it: targets are listed where the library is not, and so cannot say its release."""
FOLDER = "coqui"
WAVLM = Path("wavlm") / "WavLM-Large.pt"
"""What hears the words, for FreeVC and kNN-VC."""
KNN_VOCODER = "vocoder_models--en--librispeech100--wavlm-hifigan_prematched"
_SPEAKERS = "speaker_encoder.pt"
_OPEN_VOICE = ("", "converter", "checkpoints/converter")
"""Where the two files of OpenVoice stand, by how they were fetched."""

_TRAPS = (
    "Its takes are some frames shorter than what went in: the end is padded before and cut off after, and what is "
    "left is measured for every take.",
    "It draws random numbers that go on from call to call: each take has its own, from the seed and from what is "
    "converted.",
    "Checkpoints that are more than weights are refused.",
)
_WAVLM_TRAPS = (
    "It fetches the model that hears the words, WavLM, while it is loaded: ours is of the folder of voices, or none.",
    "That model's file has a text that is run as Python: it is refused unless it is numbers.",
)


def _facts(title: str, about: str, homepage: str, *traps: str) -> EngineFacts:
    return EngineFacts(
        title=title,
        homepage=homepage,
        about=f"{about} A converter, not an engine: what a voice said, in the voice of somebody's recording: any "
        "cloned voice, with its consent.",
        hardware="A CPU, slower than speech; a GPU with CUDA.",
        licence="MPL-2.0",
        weights_licence="MIT",
        languages=("mul",),
        timings="Those of the voice that speaks: they must not move, and that is measured for every take.",
        limits="Those of the voice that speaks.",
        exercised="The real library with models of random weights; the published weights were never loaded.",
        extra="xtts",
        devices=("cpu", "cuda"),
        traps=(*traps, *_TRAPS),
    )


@dataclass(frozen=True, slots=True)
class ConversionFiles:
    """One model."""

    kind: str
    """``freevc``, ``knnvc`` or ``openvoice``."""
    folder: Path
    weights: Path | None
    config: dict[str, Any]
    sample_rate: int
    """Hz, of what comes out."""
    digest: str
    """Of all files that the model is read from, 16 hex digits."""
    wavlm: Path | None = None
    speakers: Path | None = None
    """What hears who speaks, of FreeVC models that have it apart."""
    vocoder: CoquiFiles | None = None


class CoquiConverter(ABC):
    """Converts with one model of the library."""

    name: ClassVar[str]
    facts: ClassVar[EngineFacts]
    home: ClassVar[str] = "coqui"
    model: ClassVar[str]
    """Its folder, as the library calls it."""

    def __init__(self, context: EngineContext) -> None:
        """Never refuses: targets are listed where the library is not."""
        self._context = context
        self._loaded: ConversionModel | None = None

    def targets(self) -> Iterable[Target]:
        """The people of all cloned voices, as ``ENGINE/NAME``. Raises ``EngineUnavailable`` without a model."""
        files = self._files()
        return [self._target(files, clone) for clone, _ in self._people()]

    def convert(
        self, audio: Pcm, sample_rate: int, target: Target, options: SpeakingOptions
    ) -> tuple[Pcm, int]:
        """As long as it was, to a sample. Raises ``SpeechFailed``, and ``EngineUnavailable`` when the library, the
        model or the target is not here as it was listed."""
        require_library(self.facts.title, self.facts.extra, ("TTS", "torch", "torchaudio"))
        require_device(self.facts.title, self._context.device, PRECISIONS[0])
        files = self._files()
        people = ((one, recording) for one, recording in self._people() if _id(one) == target.id)
        clone, recording = next(people, (None, None))
        if clone is None or recording is None or self._target(files, clone) != target:
            raise EngineUnavailable(
                f"The voice “{target.id}” of the converter {self.name} was changed since it was listed: start the "
                "production again."
            )
        if self._loaded is None or self._loaded.digest != files.digest:
            self._loaded = None  # two may not fit
            self._loaded = ConversionModel(files, self._context.device)
        heard = hashlib.sha256(audio.tobytes()).hexdigest()
        seed = int(key_of(self.name, DRIVER, options.seed, heard, sample_rate)[:15], 16)
        return self._loaded.convert(audio, sample_rate, recording, seed), files.sample_rate

    def _people(self) -> Iterator[tuple[Clone, Path]]:
        folder = self._context.voices_dir
        for engine in sorted({place.parent.name for place in folder.glob(f"*/*{SUFFIX}")}):
            yield from clones(folder, engine)

    def _target(self, files: ConversionFiles, clone: Clone) -> Target:
        return Target(
            id=_id(clone),
            revision=f"{DRIVER}-{SERIES}-{files.digest}-{clone.sha256[:16]}",
            sample_rate=files.sample_rate,
            licence=self.facts.weights_licence,
            description=f"{clone.name}, by conversion into the voice of {clone.consent.who}",
            consent=clone.consent,
        )

    def _files(self) -> ConversionFiles:
        folder = self._context.voices_dir / FOLDER / self.model
        try:
            return self._read(folder)
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError) and error.filename
            said = f"there is no {Path(missing).name}" if missing else str(error)
            raise EngineUnavailable(
                f"The converter {self.name} has no model that can be used in {folder} ({said}): "
                f"docs/engines/{self.name}.md names its files."
            ) from error

    @abstractmethod
    def _read(self, folder: Path) -> ConversionFiles:
        """What is in the model's folder. Raises ``OSError`` and ``ValueError``."""


class FreeVcConverter(CoquiConverter):
    """FreeVC, with WavLM."""

    name: ClassVar[str] = "freevc"
    model: ClassVar[str] = "voice_conversion_models--multilingual--vctk--freevc24"
    facts: ClassVar[EngineFacts] = _facts(
        "FreeVC (coqui-tts)",
        "Converts from and into voices that it never heard before, from seconds of a recording.",
        "https://github.com/OlaWod/FreeVC",
        *_WAVLM_TRAPS,
        "Who speaks is heard by a model that it would fetch from an address: ours is of its folder.",
    )

    def _read(self, folder: Path) -> ConversionFiles:
        files = read_model(folder)
        if files.kind != "freevc":
            raise ValueError("it is not a model of FreeVC")
        wavlm, parts = _wavlm(folder), [files.digest]
        speakers = None
        if (files.config.get("model_args") or {}).get("use_spk"):
            speakers = _there(folder / _SPEAKERS)
            parts.append(record_of(speakers).sha256)
        rate = int((files.config.get("audio") or {}).get("output_sample_rate") or 24_000)
        return ConversionFiles(
            "freevc", folder, files.weights, files.config, rate, _digest(wavlm, *parts), wavlm, speakers
        )


class KnnVcConverter(CoquiConverter):
    """kNN-VC: WavLM, and a vocoder that speaks what it hears."""

    name: ClassVar[str] = "knnvc"
    model: ClassVar[str] = "voice_conversion_models--multilingual--multi-dataset--knnvc"
    facts: ClassVar[EngineFacts] = _facts(
        "kNN-VC (coqui-tts)",
        "Puts each sound of the voice together from the nearest ones of the recording: the more there are, the "
        "better, and half a minute is little.",
        "https://github.com/bshall/knn-vc",
        *_WAVLM_TRAPS,
    )

    def _read(self, folder: Path) -> ConversionFiles:
        path = folder / "config.json"  # the library writes it, and asks for nothing in it
        config = read_json(path) if path.is_file() else {}
        wavlm, vocoder = _wavlm(folder), read_model(folder.parent / KNN_VOCODER)
        known: dict[str, Any] = {
            name: int(config[name]) for name in ("wavlm_layer", "topk") if name in config
        }
        digest = _digest(wavlm, vocoder.digest, str(sorted(known.items())))
        return ConversionFiles(
            "knnvc", folder, None, known, vocoder.sample_rate, digest, wavlm, vocoder=vocoder
        )


class OpenVoice2Converter(CoquiConverter):
    """OpenVoice, the second release."""

    name: ClassVar[str] = "openvoice-v2"
    model: ClassVar[str] = "voice_conversion_models--multilingual--multi-dataset--openvoice_v2"
    facts: ClassVar[EngineFacts] = _facts(
        "OpenVoice v2 (coqui-tts)",
        "Keeps all of the voice that speaks but its colour, which it takes from the recording; quick and small.",
        "https://github.com/myshell-ai/OpenVoice",
    )

    def _read(self, folder: Path) -> ConversionFiles:
        places = (folder / place for place in _OPEN_VOICE)
        place = next((one for one in places if (one / "config.json").is_file()), folder)
        config, weights = read_json(place / "config.json"), first_of(place, ("checkpoint.pth", *WEIGHTS))
        if weights is None:
            raise FileNotFoundError("there is no checkpoint.pth")
        data = config.get("data")
        if not isinstance(data, dict):
            raise ValueError("its configuration is not that of an OpenVoice model")
        digest = _digest(weights, hashlib.sha256((place / "config.json").read_bytes()).hexdigest())
        return ConversionFiles("openvoice", place, weights, config, int(data["sampling_rate"]), digest)


class OpenVoice1Converter(OpenVoice2Converter):
    """OpenVoice, the first release."""

    name: ClassVar[str] = "openvoice-v1"
    model: ClassVar[str] = "voice_conversion_models--multilingual--multi-dataset--openvoice_v1"
    facts: ClassVar[EngineFacts] = _facts(
        "OpenVoice v1 (coqui-tts)",
        "The first release of OpenVoice: the second is the better one.",
        "https://github.com/myshell-ai/OpenVoice",
    )


def _id(clone: Clone) -> str:
    return f"{clone.engine}/{clone.name}"


def _wavlm(folder: Path) -> Path:
    return _there(folder.parent / WAVLM)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}")
    return path


def _digest(file: Path, *parts: str) -> str:
    return key_of("coqui-conversion", 1, record_of(file).sha256, list(parts))[:16]
