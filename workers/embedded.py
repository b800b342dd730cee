"""The embedded stack: broker and worker of one command, started and stopped with it.

command ── broker (unix socket)
     ├──── worker main ── one child a core; another one for GPUs, with a child for each of their slots
     └──── worker main in the environment of an engine, where one is needed
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from pipeline.errors import BrokerUnavailable, WorkError
from storage.schema import as_variable
from storage.servers import written
from storage.settings import Settings, describe_settings
from tasks.claims import sweep as sweep_claims
from tasks.environments import Environment, in_use, surroundings
from tasks.queues import queue_of
from workers.broker import EmbeddedBroker
from workers.lifeline import die_with_parent
from workers.logfile import LogFile, pour
from workers.plans import WorkerPlan, plans, worker_command
from workers.supervisor import Child, Service

STOP_SECONDS = 3.0
"""How long workers may take to finish what they are at; being killed then costs nothing but time."""


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
        """Raise ``BrokerUnavailable`` or ``WorkError`` when the broker or a worker has ended by itself."""
        workers = (("worker", worker, WorkError) for worker in self._workers)
        for name, process, kind in (("broker", self.broker.process, BrokerUnavailable), *workers):
            if process is not None and process.poll() is not None:
                raise kind(
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
        engine = environment.engine
        if engine in self.outposts:
            return
        self._uses.enter_context(in_use(self.settings, engine))
        name = f"embedded-{engine}-{os.getpid()}@%h"
        service = Service(
            name=f"worker ({engine})",
            command=environment.command("workers.outpost", "--engine", engine, "--name", name),
            environment=environment_apart(self.settings, self.broker.url),
            patience=STOP_SECONDS,
            lifeline=True,
            log=self.settings.log_dir / f"worker-{engine}.log",
        )
        self.outposts[engine] = Child(service)
        self.outposts[engine].keep_running()
        self.queues = (*self.queues, queue_of(engine))

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """End the workers, after ``patience`` seconds or when ``hurry`` is called by force, then the broker."""
        try:
            for outpost in self.outposts.values():
                outpost.tell(patience)
            self._end_workers(patience)
        finally:
            for outpost in self.outposts.values():
                outpost.end()
            self._uses.close()
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
        for outpost in self.outposts.values():
            outpost.hurry()

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


def every_setting(settings: Settings) -> Mapping[str, str]:
    """Every setting as a variable: what ``up`` was told on its command line holds for its services."""
    found = {}
    for info in describe_settings():
        section, _, name = info.key.rpartition(".")
        value = getattr(getattr(settings.production, section) if section else settings, name)
        found[info.env] = as_variable(info.key, value)
    return found


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
        "VOXPRESS_EPISODES": str(settings.episodes_dir),
        "VOXPRESS_OFFLINE": "1" if settings.offline else "0",
        "VOXPRESS_ALLOW_HOSTS": ",".join(settings.allow_hosts),
        "VOXPRESS_ATTEMPTS": str(settings.attempts),
        "VOXPRESS_DEVICE": settings.device,
        "VOXPRESS_PRECISION": settings.precision,
        "VOXPRESS_SERVERS": written(settings.servers),
        "VOXPRESS_RECOGNISER": settings.recogniser,
        "VOXPRESS_ASR_MODEL": settings.asr_model,
        "VOXPRESS_ASR_COMPUTE": settings.asr_compute,
        "VOXPRESS_LLM_URL": settings.llm_url,
        "VOXPRESS_LLM_MODEL": settings.llm_model,
        "VOXPRESS_LLM_PASSWORD": settings.llm_password,
        "VOXPRESS_LLM_CONTEXT": str(settings.llm_context),
        "VOXPRESS_LLM_SECONDS": str(settings.llm_seconds),
        "VOXPRESS_LOG_FORMAT": settings.log_format,
        "PYTHONPATH": f"{checkout}{os.pathsep}{path}" if path else checkout,
    }


def environment_apart(settings: Settings, broker_url: str) -> Mapping[str, str]:
    """The same for one in an engine's environment, which decides itself how many children it has, and where."""
    return {
        **worker_environment(settings, broker_url),
        "VOXPRESS_WORKERS": str(settings.workers),
        "VOXPRESS_GPUS": ",".join(settings.gpus),
        "VOXPRESS_GPU_SLOTS": str(settings.gpu_slots),
        "VOXPRESS_CHILD_GIGABYTES": str(settings.child_gigabytes),
        "VOXPRESS_WARM_UP": ",".join(settings.warm_up),
        "VOXPRESS_GRACE": str(settings.grace),
        "VOXPRESS_LOG_LEVEL": settings.log_level,
        **surroundings(settings),
    }
