"""``voxpress up``: the whole studio on one host, day and night.

up ── broker (unix socket; none when broker_url is set)
 ├─── worker main ── one child a core; another one for GPUs, with a child for each of their slots
 ├─── worker of each engine that has an environment of its own
 ├─── follower of feeds
 ├─── watcher of the drop folders
 ├─── Flower
 └─── exporter
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack

from storage.settings import Settings
from tasks.claims import sweep as sweep_claims
from tasks.context import open_context
from workers.broker import EmbeddedBroker
from workers.drop.service import watch_service
from workers.duties import DUTY_SECONDS
from workers.exporter import exporter_service
from workers.flower import flower_service
from workers.place import only_up, say_broker
from workers.serve import employed, outposts, served
from workers.supervisor import Service, Supervisor

log = logging.getLogger(__name__)

SERVICES: tuple[Callable[[Settings, str], Service | None], ...] = (
    watch_service,
    flower_service,
    exporter_service,
)
"""What runs beside the worker: each gives its service, or None where it is not wanted or not installed."""


def up(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the studio until told to stop; ``say`` is told what runs.

    Raises ``WorkError`` when another one runs on this state folder, ``BrokerUnavailable``.
    """
    with ExitStack() as stack:
        place = stack.enter_context(only_up(settings))
        sweep_claims(settings.run_dir)
        broker = None
        url = settings.broker_url
        if not url:
            broker = EmbeddedBroker(settings.run_dir)
            stack.callback(broker.stop)
            broker.start()
            url = broker.url
        context = open_context(settings)
        queues, apart = served(settings)
        workers, duties = stack.enter_context(employed(context, url, queues))
        engines = stack.enter_context(outposts(settings, apart, url))
        services = [*workers, *engines, *(service for make in SERVICES if (service := make(settings, url)))]
        say_broker(place, url)
        for service in services:
            say(f"{service.name} runs.")

        def turn() -> None:
            if broker is not None:
                broker.keep_running()
            duties()

        Supervisor(services, turn, DUTY_SECONDS).run()
