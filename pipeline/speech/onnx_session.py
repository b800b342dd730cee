"""A model in ONNX Runtime, on the device that was asked for and on no other."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.errors import EngineUnavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

THREADS = "VOXPRESS_PIPER_THREADS"
"""Environment: threads of one process, 1 by default: many processes beat many threads on models this small."""

CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"
_DEVICE = re.compile(r"cpu|cuda(:\d{1,3})?")


def check_device(device: str, engine: str) -> None:
    """Raise ``EngineUnavailable`` when ``device`` is not ``cpu``, ``cuda`` or ``cuda:N``, or is not to be had."""
    if not _DEVICE.fullmatch(device):
        raise EngineUnavailable(f"{engine} runs on cpu, cuda or cuda:N, not on “{device}”.")
    if device != "cpu":
        require_cuda(available_providers(), engine)


def available_providers() -> list[str]:
    """What this build of ONNX Runtime can run models on."""
    import onnxruntime

    return list(onnxruntime.get_available_providers())


def require_cuda(providers: Sequence[str], engine: str) -> None:
    """ONNX Runtime falls back to the CPU with a warning only; here that is an error."""
    if CUDA not in providers:
        raise EngineUnavailable(
            f"{engine} was asked to run on cuda, but ONNX Runtime offers only {', '.join(providers)}: install "
            "onnxruntime-gpu and its CUDA libraries, or use the device cpu."
        )


def open_session(model: bytes, device: str, engine: str, voice: str) -> InferenceSession:
    """A session for a model. Raises ``EngineUnavailable`` when it cannot be loaded, or runs elsewhere than asked."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = int(os.environ.get(THREADS) or 1)
    providers: list[object] = [_CPU]
    if device != "cpu":
        number = device.partition(":")[2] or "0"
        # Heuristic: trying out all algorithms takes seconds for each new length, and every sentence has its own.
        providers = [(CUDA, {"device_id": number, "cudnn_conv_algo_search": "HEURISTIC"})]
    try:
        session = onnxruntime.InferenceSession(model, sess_options=options, providers=providers)
    except Exception as error:  # ONNX Runtime's errors have no common class
        raise EngineUnavailable(f"The voice “{voice}” cannot be loaded: {error}") from error
    if device != "cpu":
        require_cuda(session.get_providers(), engine)
    return session
