"""Weights of torch models: read without running code that somebody put there, onto a device that was asked for.

safetensors first; a pickle only with ``weights_only``, which refuses everything but numbers and named classes.
"""

from __future__ import annotations

import importlib.util
import pickle
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from pipeline.errors import EngineUnavailable

PRECISIONS = ("float32", "float16", "bfloat16")


def require_library(engine: str, extra: str, modules: Sequence[str]) -> None:
    """Raise ``EngineUnavailable`` when a module is missing. Nothing is imported: a worker's parent has no torch."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise EngineUnavailable(
            f"{engine} needs {' and '.join(missing)}, which stand in an environment of their own: "
            f"pip install 'voxpress[{extra}]' in one."
        )


def require_device(engine: str, device: str, precision: str) -> None:
    """Raise ``EngineUnavailable`` for a device or a kind of numbers that torch does not have here."""
    import torch

    if precision not in PRECISIONS:
        raise EngineUnavailable(f"{engine} computes in {', '.join(PRECISIONS)}, not in “{precision}”.")
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise EngineUnavailable(f"{engine} runs on cpu, cuda or cuda:N, not on “{device}”.")
    if kind == "cuda" and not torch.cuda.is_available():
        raise EngineUnavailable(
            f"{engine} was asked to run on {device}, but torch {torch.__version__} finds no GPU: "
            "look at the driver, or use the device cpu."
        )
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        raise EngineUnavailable(
            f"{engine} was asked to run on {device}: there are {torch.cuda.device_count()} GPUs."
        )


def load_weights(path: Path, allowed: AbstractContextManager[Any] | None = None) -> Any:
    """What a file of weights has, on the CPU: tensors by name, or for a pickle whatever was saved.

    ``allowed`` names classes that a pickle may have besides (``torch.serialization.safe_globals``). Raises
    ``EngineUnavailable`` when it cannot be read, or could run code.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with allowed or nullcontext():
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise EngineUnavailable(
            f"{path} is refused: it has more in it than weights, and reading it could run what somebody put there; "
            "get the model as safetensors, or from its makers."
        ) from error
    except (OSError, RuntimeError, ValueError, EOFError, SafetensorError) as error:
        raise EngineUnavailable(f"The weights {path} cannot be read: {error}.") from error
