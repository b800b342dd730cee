"""The embedded stack: broker and worker of one command, started and stopped with it.

command ── broker (unix socket)
     └──── worker main ── one child a core; another one for GPUs, with a child for each of their slots
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from pipeline.errors import WorkError
from storage.servers import written
from storage.settings import Settings
from tasks.claims import sweep as sweep_claims
from workers.broker import EmbeddedBroker
from workers.lifeline import die_with_parent
from workers.logfile import LogFile, pour
from workers.plans import WorkerPlan, plans, worker_command

STOP_SECONDS = 3.0
"""How long workers may take to finish what they are at; being killed then costs nothing but time."""


class EmbeddedStack:
    """Context manager: inside it, the tasks of this command are worked on."""

    def __init__(self, settings: Settings, queues: Iterable[str]) -> None:
        """``queues``: all that the workers shall serve."""
        self.settings = settings
        self.queues = tuple(queues)
        self.broker = EmbeddedBroker(settings.run_dir)
        self.log = settings.log_dir / "worker.log"
        self._workers: list[subprocess.Popen[bytes]] = []
        self._writers: list[threading.Thread] = []
        self._lifeline: int | None = None
        self._hurried = False

    def __enter__(self) -> EmbeddedStack:
        sweep_claims(self.settings.run_dir)
        try:
            self.broker.start()
            self._start_workers()
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
        workers = (("worker", worker) for worker in self._workers)
        for name, process in (("broker", self.broker.process), *workers):
            if process is not None and process.poll() is not None:
                raise WorkError(
                    f"The embedded {name} stopped unexpectedly (exit status {process.returncode}): see "
                    f"{self.log}; run the same command again to continue."
                )

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """End the workers, after ``patience`` seconds or when ``hurry`` is called by force, then the broker."""
        try:
            self._end_workers(patience)
        finally:
            if self._lifeline is not None:
                os.close(self._lifeline)
                self._lifeline = None
            for writer in self._writers:
                writer.join(STOP_SECONDS)
            self.broker.stop()
            sweep_claims(self.settings.run_dir)

    def hurry(self) -> None:
        """End the patience of ``stop``, not its tidying up. Safe to call in a signal handler."""
        self._hurried = True

    def _start_workers(self) -> None:
        reading, self._lifeline = os.pipe()
        together = tuple(plans(self.settings, self.queues))
        try:
            for number, plan in enumerate(together):
                command = worker_command(self.settings, plan, together, f"embedded-{os.getpid()}-{number}@%h")
                self._start_worker((*command, "--lifeline", str(reading)), plan, reading)
        finally:
            os.close(reading)

    def _start_worker(self, command: Sequence[str], plan: WorkerPlan, lifeline: int) -> None:
        said, saying = os.pipe()
        settings = worker_environment(self.settings, self.broker.url)
        try:
            worker = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=saying,
                stderr=saying,
                env={**os.environ, **settings, **plan.environment},
                pass_fds=[lifeline],
                start_new_session=True,  # Ctrl-C is for the command; it stops the workers in its own way
                preexec_fn=die_with_parent,
            )
        finally:
            os.close(saying)
        self._workers.append(worker)
        self._writers.append(pour(said, LogFile(self.log)))

    def _end_workers(self, patience: float) -> None:
        alive = [worker for worker in self._workers if worker.poll() is None]
        for worker in alive if patience > 0 else ():
            worker.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        try:
            while any(worker.poll() is None for worker in alive) and not self._hurried:
                if time.monotonic() >= deadline:
                    break
                time.sleep(0.02)
        finally:
            for worker in alive:
                # The group, not only its leader: children that are in the middle of a task end with it.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()


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
        "VOXPRESS_PRECISION": settings.precision,
        "VOXPRESS_SERVERS": written(settings.servers),
        "VOXPRESS_RECOGNISER": settings.recogniser,
        "VOXPRESS_ASR_MODEL": settings.asr_model,
        "VOXPRESS_ASR_COMPUTE": settings.asr_compute,
        "VOXPRESS_LOG_FORMAT": settings.log_format,
        "PYTHONPATH": f"{checkout}{os.pathsep}{path}" if path else checkout,
    }
