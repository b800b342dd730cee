"""The environment of an engine whose library is an extra: installed, tried and recorded.

    python -m tests.environment xtts     (make engine ENGINE=xtts)

The extra is installed together with the base, from ``deploy/engines/EXTRA.lock``, into ``.engines/EXTRA``. There
run the conformance suite and the tests of every engine of that extra, on tiny models in its real library, and a
worker that starts, speaks one chunk and stops; a test that is skipped for want of the library is an error. What was
seen goes into ``bench/results/engines.md``, a row an environment.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from importlib.metadata import PathDistribution
from pathlib import Path
from xml.etree import ElementTree

from bench.report import RESULTS, host, table
from pipeline.speech.registry import engine_names, facts_of

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "deploy" / "engines"
ENVIRONMENTS = ROOT / ".engines"
RESULT = RESULTS / "engines.md"
TOOLS = (
    *("hypothesis", "iniconfig", "pluggy", "psutil", "psycopg", "psycopg-binary", "pygments", "pytest"),
    *("pytest-timeout", "sortedcontainers"),
)
"""What the tests need beside the base."""
TESTS = ("tests/integration/test_engine_conformance.py", "tests/acceptance/test_engine_worker.py")
SHOWN = re.compile(
    r"torch|torchaudio|onnxruntime(-gpu)?|transformers|numpy|coqui-tts|kokoro|misaki|chatterbox-tts|nvidia-riva-client"
)
"""Distributions whose versions are worth a mention."""
HEAD = ("extra", "engines", "Python", "versions", "size", "installed in", "tests", "tests ran")


def main() -> int:
    """Install, try, record. Returns 1 when a test failed, or was left out for want of the library."""
    parser = argparse.ArgumentParser(description="Install an engine's environment and try it.")
    parser.add_argument("extra", choices=sorted(lock.stem for lock in LOCKS.glob("*.lock")))
    extra = parser.parse_args().extra
    engines = [name for name in engine_names() if facts_of(name).extra == extra]
    install(extra)
    began = time.monotonic()
    counts, code = tried(extra, engines)
    print(f"{extra}: {counts}")
    if code == 0:
        record(extra, engines, counts, time.monotonic() - began)
    return code


def install(extra: str) -> None:
    """Make the environment unless it is there as the lock file has it, and keep how long it took."""
    folder, lock = ENVIRONMENTS / extra, LOCKS / f"{extra}.lock"
    stamp = folder / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    began = time.monotonic()
    uv = shutil.which("uv") or shutil.which("uv", path=Path(sys.executable).parent)
    python = str(folder / "bin" / "python")
    if uv:
        call(uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
        pip: tuple[str, ...] = (uv, "pip", "install", "--quiet", "--python", python)
    else:
        call(sys.executable, "-m", "venv", "--clear", folder)
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    call(*pip, "--no-deps", "-r", lock)  # a lock file has all of them, and some against what a library says
    call(*pip, "--no-deps", "-e", ROOT)
    seconds = time.monotonic() - began
    call(*pip, "--no-deps", *tools())
    (folder / ".seconds").write_text(json.dumps(seconds))
    stamp.write_text(wanted)


def tools() -> list[str]:
    """The tests' own packages as the tests' lock file pins them."""
    pins = re.findall(
        r"^([\w.-]+)(?:\[\w+\])?==([\w.+]+)", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE
    )
    return [f"{name}=={version}" for name, version in pins if name in TOOLS]


def tried(extra: str, engines: list[str]) -> tuple[str, int]:
    """Run the tests of its engines in the environment; what came of them in words, and an exit code."""
    results = ENVIRONMENTS / f"{extra}.xml"
    own = {
        path for name in engines for path in ROOT.glob(f"tests/unit/test_engine_{name.replace('-', '_')}*.py")
    }
    command = [ENVIRONMENTS / extra / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-o", "filterwarnings=default"]  # those of libraries that are not ours to mend
    done = subprocess.run(
        [*command, "--junitxml", results, "-k", " or ".join(engines), *sorted(own), *TESTS],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    cases = list(ElementTree.parse(results).iter("testcase"))
    skipped = [str(found.get("message")) for case in cases if (found := case.find("skipped")) is not None]
    absent = [why for why in skipped if "not installed" in why]
    for why in absent:
        print(f"LEFT OUT: {why}")
    counts = f"{len(cases) - len(skipped)} passed, {len(skipped)} skipped"
    return counts, 1 if done.returncode or absent or len(cases) == len(skipped) else 0


def record(extra: str, engines: list[str], counts: str, ran: float) -> None:
    """Put this environment's row into the table, beside those of the others."""
    folder = ENVIRONMENTS / extra
    took = json.loads((folder / ".seconds").read_text())
    (packages,) = folder.glob("lib/python*/site-packages")
    found = sorted(
        (str(one.metadata["Name"]), one.version)
        for one in map(PathDistribution, packages.glob("*.dist-info"))
    )
    row = (
        f"`{extra}`",
        ", ".join(f"`{name}`" for name in engines),
        packages.parent.name.removeprefix("python"),
        ", ".join(f"{name} {version}" for name, version in found if SHOWN.fullmatch(name.lower())),
        f"{size_of(folder) / 1e9:.1f} GB",
        f"{took:.0f} s",
        counts,
        f"{ran:.0f} s",
    )
    rows = {line.split(" | ")[0].strip("| "): line for line in _rows()}
    rows[row[0]] = table(row, ()).splitlines()[0]
    lines = [*table(HEAD, ()).splitlines(), *(rows[name] for name in sorted(rows))]
    about = (
        "`make engine ENGINE=...`: each extra with the base, its engines' tests on tiny models, and a worker."
    )
    RESULT.write_text("\n".join((about, "", *lines, "", host())) + "\n")


def _rows() -> list[str]:
    lines = RESULT.read_text().splitlines() if RESULT.exists() else []
    return [line for line in lines if line.startswith("| `")]


def size_of(folder: Path) -> int:
    """Bytes of all its files."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink())


def call(*command: str | Path) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
