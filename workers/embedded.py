"""The embedded stack: broker and worker of one command, started and stopped with it.

command ── broker (unix socket)
     ├──── worker main ── one child a core
     └──── worker main in the environment of an engine, where one is needed
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from pipeline.errors import WorkError
from storage.settings import Settings
from tasks.claims import sweep as sweep_claims
from tasks.environments import Environment, in_use, surroundings
from tasks.queues import queue_of
from workers.broker import EmbeddedBroker
from workers.lifeline import die_with_parent
from workers.logfile import LogFile, pour
from workers.supervisor import Child, Service

STOP_SECONDS = 3.0
"""How long workers may take to finish what they are at; being killed then costs nothing but time."""


def concurrency(settings: Settings) -> int:
    """Worker children to start: as set, else one for each core this process may use."""
    if settings.workers:
        return settings.workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class EmbeddedStack:
    """Context manager: inside it, the tasks of this command are worked on."""

    def __init__(self, settings: Settings, queues: Iterable[str]) -> None:
        """``queues``: all that the workers shall serve."""
        self.settings = settings
        self.queues = tuple(queues)
        self.outposts: dict[str, Child] = {}
        """Workers in environments, by engine."""
        self._uses = ExitStack()
        self.broker = EmbeddedBroker(settings.run_dir)
        self.log = settings.log_dir / "worker.log"
        self._worker: subprocess.Popen[bytes] | None = None
        self._writer: threading.Thread | None = None
        self._lifeline: int | None = None
        self._hurried = False

    def __enter__(self) -> EmbeddedStack:
        sweep_claims(self.settings.run_dir)
        try:
            self.broker.start()
            self._start_worker()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def check(self) -> None:
        """Raise ``WorkError`` when a process of the stack has ended by itself."""
        for name, process in (("broker", self.broker.process), ("worker", self._worker)):
            if process is not None and process.poll() is not None:
                raise WorkError(
                    f"The embedded {name} stopped unexpectedly (exit status {process.returncode}): see "
                    f"{self.log}; run the same command again to continue."
                )
        for outpost in self.outposts.values():
            outpost.keep_running()

    def serve_in(self, environment: Environment) -> None:
        """Let a worker in an engine's environment speak for the engine; nothing happens when one does already.

        One that ends is started again by ``check``, and what it had in hand is published again (``tasks.reconcile``).
        Raises ``WorkError`` when the environment is just being changed.
        """
        if environment.engine in self.outposts:
            return
        self._uses.enter_context(in_use(self.settings, environment.engine))
        outpost = Child(embedded_outpost(self.settings, environment, self.broker.url))
        self.outposts[environment.engine] = outpost
        self.queues = (*self.queues, queue_of(environment.engine))
        outpost.keep_running()

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """End the workers, after ``patience`` seconds or when ``hurry`` is called by force, then the broker."""
        try:
            for outpost in self.outposts.values():
                outpost.tell(patience)
            if self._worker and self._worker.poll() is None:
                self._end_group(self._worker, patience)
        finally:
            for outpost in self.outposts.values():
                outpost.end()
            self._uses.close()
            if self._lifeline is not None:
                os.close(self._lifeline)
                self._lifeline = None
            if self._writer is not None:
                self._writer.join(STOP_SECONDS)
            self.broker.stop()
            sweep_claims(self.settings.run_dir)

    def hurry(self) -> None:
        """End the patience of ``stop``, not its tidying up. Safe to call in a signal handler."""
        self._hurried = True
        for outpost in self.outposts.values():
            outpost.hurry()

    def _start_worker(self) -> None:
        reading, self._lifeline = os.pipe()
        said, saying = os.pipe()
        # -P: what lies in the current folder is not ours to import.
        command = [sys.executable, "-P", "-m", "workers.worker"]
        command += ["--queues", ",".join(self.queues), "--concurrency", str(concurrency(self.settings))]
        command += ["--name", f"embedded-{os.getpid()}@%h", "--log-level", self.settings.log_level]
        command += ["--lifeline", str(reading)]
        self._worker = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=saying,
            stderr=saying,
            env=os.environ | dict(worker_environment(self.settings, self.broker.url)),
            pass_fds=[reading],
            start_new_session=True,  # Ctrl-C is for the command; it stops the workers in its own way
            preexec_fn=die_with_parent,
        )
        os.close(reading)
        os.close(saying)
        self._writer = pour(said, LogFile(self.log))

    def _end_group(self, worker: subprocess.Popen[bytes], patience: float) -> None:
        if patience > 0:
            worker.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        try:
            while worker.poll() is None and not self._hurried and time.monotonic() < deadline:
                time.sleep(0.02)
        finally:
            # The group, not only its leader: children that are in the middle of a task end with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def slots_in(settings: Settings) -> int:
    """Children of a worker in an engine's environment: one for a GPU, which several models would have to share."""
    return concurrency(settings) if settings.device == "cpu" else 1


def embedded_outpost(settings: Settings, environment: Environment, url: str) -> Service:
    """A worker in an engine's environment, for one command."""
    engine = environment.engine
    command = environment.command(
        *("workers.worker", "--queues", queue_of(engine), "--concurrency", str(slots_in(settings))),
        *("--name", f"embedded-{engine}-{os.getpid()}@%h", "--log-level", settings.log_level),
    )
    return Service(
        name=f"worker ({engine})",
        command=command,
        environment={**worker_environment(settings, url), **surroundings(settings)},
        patience=STOP_SECONDS,
        lifeline=True,
        log=settings.log_dir / f"worker-{engine}.log",
    )


def worker_environment(settings: Settings, broker_url: str) -> Mapping[str, str]:
    """The settings a worker process needs, as its environment says them."""
    checkout = str(Path(__file__).resolve().parent.parent)
    path = os.environ.get("PYTHONPATH")
    return {
        "VOXPRESS_HOME": str(settings.home),
        "VOXPRESS_CATALOG_URL": settings.catalog_url,
        "VOXPRESS_CATALOG_PASSWORD": "",  # it is in the address
        "VOXPRESS_BLOB_URL": settings.blob_url,
        "VOXPRESS_BLOB_ENDPOINT": settings.blob_endpoint,
        "VOXPRESS_BLOB_USER": settings.blob_user,
        "VOXPRESS_BLOB_PASSWORD": settings.blob_password,
        "VOXPRESS_BLOB_CACHE_GIGABYTES": str(settings.blob_cache_gigabytes),
        "VOXPRESS_BROKER_URL": broker_url,
        "VOXPRESS_BROKER_PASSWORD": "",
        "VOXPRESS_OFFLINE": "1" if settings.offline else "0",
        "VOXPRESS_ALLOW_HOSTS": ",".join(settings.allow_hosts),
        "VOXPRESS_ATTEMPTS": str(settings.attempts),
        "VOXPRESS_DEVICE": settings.device,
        "VOXPRESS_RECOGNISER": settings.recogniser,
        "VOXPRESS_ASR_MODEL": settings.asr_model,
        "VOXPRESS_ASR_COMPUTE": settings.asr_compute,
        "VOXPRESS_LOG_FORMAT": settings.log_format,
        "PYTHONPATH": f"{checkout}{os.pathsep}{path}" if path else checkout,
    }
