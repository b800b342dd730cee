"""Results as Markdown, with where they were measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows))


def host() -> str:
    """The machine and its Python, in a sentence."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {model}, {platform.system()}, Python {platform.python_version()}."


def report(name: str, *parts: str) -> None:
    """Print a result and keep it."""
    said = "\n\n".join((*parts, host())) + "\n"
    print(said)
    (RESULTS / f"{name}.md").write_text(said)
