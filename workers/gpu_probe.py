"""What ``doctor`` says of this host's GPUs, and of the libraries that are to use them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

from storage.probes import Finding
from storage.settings import Settings
from tasks.gpus import device_of, local_gpus

PATIENCE_SECONDS = 120.0
"""How long a library may take to be imported: torch takes seconds, on a slow disk a minute."""
_ASKED = {
    "onnxruntime": "import onnxruntime as o; print(*o.get_available_providers(), sep=', ')",
    "torch": "import torch as t; print('CUDA ' + t.version.cuda if t.cuda.is_available() else 'no CUDA')",
    "ctranslate2": "import ctranslate2 as c; print('CUDA' if c.get_cuda_device_count() else 'no CUDA')",
}
"""What each library is asked in a process of its own, because it would not let go of a GPU that it once saw."""


def probe_gpus(settings: Settings) -> Iterator[Finding]:
    """Each GPU with its driver, and where one is to be used, what each library makes of it."""
    gpus, device = local_gpus(), device_of(settings.device)
    for gpu in gpus:
        memory = f"{gpu.used_bytes / 1e9:.1f} of {gpu.total_bytes / 1e9:.1f} GB in use"
        unused = "" if device != "cpu" else "; not used: 'device = \"auto\"' in voxpress.toml uses it"
        said = f"{gpu.name}, driver {gpu.driver}, {memory}{unused}"
        yield Finding(f"GPU {gpu.index}", "ok" if device != "cpu" else "note", said)
    if device == "cpu":
        return
    if not gpus:
        said = f"the device is {settings.device}, but nvidia-smi shows no GPU"
        yield Finding("GPU", "wrong", f"{said}: install its driver, or set device to cpu")
    known = [gpu.index for gpu in gpus] + [gpu.uuid for gpu in gpus]
    for wanted in settings.gpus if gpus else ():
        if wanted not in known:
            said = f"there is none: the setting gpus may name {', '.join(known)}"
            yield Finding(f"GPU {wanted}", "wrong", said)
    for library in _ASKED:
        if importlib.util.find_spec(library) is not None:
            yield _library(library)


def _library(name: str) -> Finding:
    said = f"{version(name)}, {_answer(name)}"
    usable = "CUDA" in said and "no CUDA" not in said
    advice = "" if usable else ": what is built on it cannot run on a GPU here"
    return Finding(name, "ok" if usable else "note", said + advice)


def _answer(library: str) -> str:
    """What it offers, asked in a process of its own."""
    command = [sys.executable, "-P", "-c", _ASKED[library]]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        return f"no answer in {PATIENCE_SECONDS:.0f} s"
    except (OSError, subprocess.CalledProcessError) as error:
        lines = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        return f"it cannot be imported ({lines[-1] if lines else error})"
    return done.stdout.strip()
