"""The GPUs of this host as the driver's own program sees them, and those of all hosts as their workers told.

They are on the workers' hosts and the exporter seldom is, so each host tells the broker of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

KEY = "voxpress-gpus"
"""A hash on the broker: by host, what was said last."""
STALE_SECONDS = 60.0
"""What a host said so long ago is not believed any more."""
PATIENCE_SECONDS = 5.0
"""How long the driver's program may take."""
PROGRAM = "nvidia-smi"
MIB = 2**20
AUTO = "auto"
_QUERY = ("index", "name", "memory.used", "memory.total", "utilization.gpu", "driver_version", "uuid")


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU at one moment."""

    index: str
    name: str
    used_bytes: float
    total_bytes: float
    busy: float
    """0 to 1: the share of time in which something ran on it."""
    driver: str = ""
    """Release of the driver."""
    uuid: str = ""


def local_gpus() -> list[Gpu]:
    """The GPUs of this host; none where there is no driver, or where it does not answer."""
    return _listed(shutil.which(PROGRAM))


def _listed(program: str | None) -> list[Gpu]:
    if program is None:
        return []
    command = [program, f"--query-gpu={','.join(_QUERY)}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return list(parse(done.stdout))


def parse(said: str) -> Iterator[Gpu]:
    """The lines of ``nvidia-smi``: memory in MiB, use in percent; what it cannot tell is 0."""
    for line in said.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) < len(_QUERY):
            continue
        used, total, busy = (_number(cell) for cell in cells[-5:-2])
        yield Gpu(cells[0], ", ".join(cells[1:-5]), used * MIB, total * MIB, busy / 100, *cells[-2:])


def device_of(wanted: str) -> str:
    """The device that the setting ``device`` means here: the same as long as the process lives."""
    return wanted if wanted != AUTO else "cuda" if _has_gpus(shutil.which(PROGRAM)) else "cpu"


@cache
def _has_gpus(program: str | None) -> bool:
    """Asked once in a process, and again when another program is found: whoever plans or speaks wants to know."""
    return bool(_listed(program))


def tell(client: Any, host: str, gpus: list[Gpu]) -> None:
    """Let the broker know of a host's GPUs. Raises ``redis.RedisError``."""
    client.hset(KEY, host, json.dumps({"at": time.time(), "gpus": [asdict(gpu) for gpu in gpus]}))


def told(client: Any) -> dict[str, list[Gpu]]:
    """The GPUs of all hosts that told of theirs lately. Raises ``redis.RedisError``."""
    hosts = {}
    for host, value in client.hgetall(KEY).items():
        said = json.loads(value)
        if abs(time.time() - said["at"]) < STALE_SECONDS:
            hosts[host.decode()] = [Gpu(**gpu) for gpu in said["gpus"]]
    return hosts


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:  # [N/A]
        return 0.0
