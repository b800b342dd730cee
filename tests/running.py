"""The real ``voxpress`` command in its own process, as a user has it, with a state folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
TIMEOUT = 240


@dataclass
class Voxpress:
    """Runs commands; ``log`` collects a line for each chunk that the tone engine spoke."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The state folder."""
        return self.folder / "home"

    @property
    def out(self) -> Path:
        """Where editions go."""
        return self.folder / "out"

    @property
    def log(self) -> Path:
        """The tone engine's calls."""
        return self.folder / "tone.log"

    def environment(self) -> dict[str, str]:
        """Of every command."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("VOXPRESS_")}
        return clean | {
            "VOXPRESS_HOME": str(self.home),
            "VOXPRESS_TONE_LOG": str(self.log),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
            **self.env,
        }

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "cli.main", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
            cwd=self.folder,
            start_new_session=True,
        )

    def run(
        self, *arguments: str | Path, code: int | None = 0, timeout: float = TIMEOUT
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; ``code`` is what it must exit with (None: whatever)."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"no end after {timeout} s\n{out}\n{err}\n{self.worker_log()}") from None
        done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
        if code is not None:
            assert done.returncode == code, f"exit {done.returncode}\n{out}\n{err}\n{self.worker_log()}"
        return done

    def make(
        self, *arguments: str | Path, code: int | None = 0, timeout: float = TIMEOUT
    ) -> subprocess.CompletedProcess[str]:
        """``voxpress make`` with the tone engine, unless another voice is named."""
        voice = [] if "--voice" in arguments else ["--voice", "tone:a"]
        return self.run("make", *arguments, *voice, "-o", self.out, code=code, timeout=timeout)

    def json(self, *arguments: str | Path, code: int | None = 0) -> Any:
        """What a command with ``--json`` answers."""
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def calls(self) -> list[str]:
        """The spoken texts' hashes in the order in which the tone engine finished them."""
        return [line.split()[0] for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def edition(self) -> Path:
        """The folder of the only edition."""
        (report,) = self.out.rglob("report.json")
        return report.parent

    def file(self, suffix: str) -> Path:
        """The edition's file with that ending."""
        found = sorted(p for p in self.edition().iterdir() if p.name.endswith(suffix))
        assert found, f"no {suffix} in {sorted(p.name for p in self.edition().iterdir())}"
        return found[0]

    def transcript(self) -> dict[str, Any]:
        """The main transcript."""
        return json.loads(self.file(".transcript.json").read_text())  # type: ignore[no-any-return]

    def worker_log(self) -> str:
        """The end of what the workers said."""
        path = self.home / "logs" / "worker.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    def processes(self) -> list[psutil.Process]:
        """Living processes that belong to this state folder."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and (
                    str(self.home) in " ".join(process.cmdline())
                    or process.environ().get("VOXPRESS_HOME") == str(self.home)
                ):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def wait_until_gone(self, seconds: float = 10) -> None:
        """Every process of this state folder has ended."""
        deadline = time.monotonic() + seconds
        while left := self.processes():
            assert time.monotonic() < deadline, [p.cmdline() for p in left]
            time.sleep(0.05)


def words_of(transcript: dict[str, Any]) -> list[str]:
    """The text of each chapter, put together from its words."""
    texts = []
    for chapter in transcript["chapters"]:
        text = ""
        for segment in chapter["segments"]:
            for word in segment["words"]:
                text += ("" if not text or word.get("joined") else " ") + word["text"]
        texts.append(text)
    return texts


def folded(text: str) -> str:
    """White space folded."""
    return " ".join(text.split())
