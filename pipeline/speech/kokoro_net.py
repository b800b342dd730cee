"""Kokoro's network, in ONNX Runtime or in PyTorch: numbers of letters in, samples and the frames of each letter out.

Both draw random numbers (the phases of the harmonics, the noise of what is not voiced); both get them from a key, so
that a take is repeatable. Neither can do several texts at once: the network lays the letters out in time by one row's
lengths.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import EngineUnavailable, SettingsError
from pipeline.speech.kokoro_files import STYLE_NUMBERS, numbers_of
from pipeline.speech.onnx_noise import draw_numbers, patch_model
from pipeline.speech.onnx_session import check_device, open_session

TITLE = "Kokoro"
LIBRARY = ("torch", "kokoro")
FRAME_SAMPLES = 600
"""Of 24,000 Hz: 40 frames a second."""
_NOISE_PER_LETTER = 5 * FRAME_SAMPLES * 9
"""Generous: letters have about three frames, and each sample takes one number for each of 9 harmonics."""
_KOKORO_CONFIG = "kokoro_config"
"""Where exports of the library kokoro-onnx keep ``config.json`` inside of the graph."""

Spoken = tuple[NDArray[np.float32], NDArray[np.int64] | None]


class Net(Protocol):
    """A loaded network."""

    @property
    def numbers(self) -> Mapping[str, int]:
        """Of each letter that it knows."""
        ...

    def run(
        self, ids: Sequence[int], style: NDArray[np.float32], rate: float, key: Sequence[object]
    ) -> Spoken:
        """Samples (24,000 Hz) and the frames of each id, if it tells them. ``ids`` begin and end with 0."""
        ...


def check_runtime(path: Path, device: str) -> None:
    """Raise ``EngineUnavailable`` when a model cannot run on the device here."""
    if path.suffix == ".onnx":
        check_device(device, TITLE)
        return
    missing = [name for name in LIBRARY if importlib.util.find_spec(name) is None]
    if missing:
        raise EngineUnavailable(
            f"The model {path.name} of Kokoro needs {' and '.join(missing)}: pip install 'voxpress[kokoro]', or use "
            "an ONNX model, which needs nothing more."
        )


def runtime_version(path: Path) -> str:
    """What a voice's revision says of what it runs in. PyTorch's network is the library's own code."""
    return "onnx" if path.suffix == ".onnx" else f"kokoro{version('kokoro')}"


def load_net(path: Path, data: bytes, config: Mapping[str, Any], device: str) -> Net:
    """The network of a model whose bytes were checked. Raises ``EngineUnavailable``."""
    check_runtime(path, device)
    return (
        OnnxNet(data, path.stem, config, device) if path.suffix == ".onnx" else TorchNet(path, config, device)
    )


class OnnxNet:
    """A network as ONNX, as ``KModelForONNX`` of the library kokoro and others export it."""

    def __init__(self, data: bytes, name: str, config: Mapping[str, Any], device: str) -> None:
        """Raise ``EngineUnavailable`` when it is no Kokoro or does not run on the device."""
        patched = patch_model(data, name)
        self._session = open_session(patched.data, device, TITLE, name)
        self._noise = patched.noise
        inputs = {entry.name: entry.type for entry in self._session.get_inputs()}
        self._ids = "input_ids" if "input_ids" in inputs else "tokens"
        if not {self._ids, "style", "speed"} <= inputs.keys():
            raise EngineUnavailable(f"The model {name} is not Kokoro's: it takes {', '.join(inputs)}.")
        self._whole_rates = "int" in inputs["speed"]
        outputs = [entry.name for entry in self._session.get_outputs()]
        # by name alone: other graphs' second output may be anything
        durations = [name for name in outputs if name in ("duration", "durations", "pred_dur")]
        self._outputs = [outputs[0], *durations]
        embedded = self._session.get_modelmeta().custom_metadata_map.get(_KOKORO_CONFIG)
        self.numbers = _numbers(config or (json.loads(embedded) if embedded else {}), name)

    def run(
        self, ids: Sequence[int], style: NDArray[np.float32], rate: float, key: Sequence[object]
    ) -> Spoken:
        """See ``Net``. Raises ``SettingsError`` for a rate that the model was exported without."""
        if self._whole_rates and rate != round(rate):
            raise SettingsError(
                f"This model of Kokoro was exported for whole rates only, and cannot speak at {rate:g}: use 1, or "
                "another export."
            )
        feed: dict[str, NDArray[np.generic]] = {
            self._ids: np.array([ids], np.int64),
            "style": style.reshape(1, STYLE_NUMBERS),
            "speed": np.array([rate], np.int32 if self._whole_rates else np.float32),
        }
        if self._noise:
            feed |= draw_numbers(_NOISE_PER_LETTER * len(ids), *key)
        sound, *frames = self._session.run(self._outputs, feed)
        return sound.reshape(-1), frames[0].reshape(-1).astype(np.int64) if frames else None


class TorchNet:
    """The network of the library kokoro."""

    def __init__(self, path: Path, config: Mapping[str, Any], device: str) -> None:
        """Raise ``EngineUnavailable`` when the weights are not the network's or it does not run on the device."""
        import torch
        from kokoro import KModel

        if device != "cpu" and not torch.cuda.is_available():
            raise EngineUnavailable(
                f"Kokoro was asked to run on {device}, but PyTorch {torch.__version__} sees no GPU: install a build "
                "with CUDA and a driver that fits, or use the device cpu."
            )
        self.numbers = _numbers(config, path.stem)
        try:
            network = KModel(repo_id="hexgrad/Kokoro-82M", config=dict(config), model=str(path))
            _check_weights(network, torch.load(path, map_location="cpu", weights_only=True))
            self._network = network.to(device).eval()
        except EngineUnavailable:
            raise
        except Exception as error:  # whatever damaged weights or a configuration of another model make of it
            raise EngineUnavailable(f"The model {path.name} of Kokoro cannot be loaded: {error}") from error

    def run(
        self, ids: Sequence[int], style: NDArray[np.float32], rate: float, key: Sequence[object]
    ) -> Spoken:
        """See ``Net``."""
        import torch

        torch.manual_seed(_seed(key))
        device = self._network.device
        sound, frames = self._network.forward_with_tokens(
            torch.tensor([list(ids)], device=device),
            torch.from_numpy(style.reshape(1, STYLE_NUMBERS)).to(device),
            rate,
        )
        return sound.reshape(-1).float().cpu().numpy(), frames.reshape(-1).cpu().numpy()


def _check_weights(network: Any, given: Mapping[str, Mapping[str, Any]]) -> None:
    """The library takes weights that fit in part only, and says so in its debug log; here that is an error."""
    for part, weights in given.items():
        own = getattr(network, part).state_dict()
        missing = own.keys() - {name.removeprefix("module.") for name in weights}
        if missing:
            raise EngineUnavailable(
                f"The model of Kokoro lacks {len(missing)} of the weights of its {part} ({min(missing)} ...): its "
                "configuration is that of another model."
            )
    absent = {name for name, _ in network.named_children()} - given.keys()
    if absent:
        raise EngineUnavailable(
            f"The model of Kokoro has no {' and no '.join(sorted(absent))}: pull it again."
        )


def _numbers(config: Mapping[str, Any], name: str) -> dict[str, int]:
    try:
        return numbers_of(config)
    except ValueError as error:
        raise EngineUnavailable(
            f"Nothing says which letter has which number in Kokoro's model {name} ({error}): put its config.json "
            "beside it."
        ) from error


def _seed(key: Sequence[object]) -> int:
    digest = hashlib.sha256("\0".join(str(part) for part in key).encode()).digest()
    return int.from_bytes(digest[:7], "big")
