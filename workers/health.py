"""Whether a long-running process here is well: ``python -m workers.health worker`` (``watcher``, ``exporter``).

For health checks of containers and for monitors: ends with 0 when it is well, and with 1 and a sentence on
standard error when it is not. Flower has a check of its own: ``python -m workers.flower --check``.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import sys
from collections.abc import Callable, Mapping, Sequence

from pipeline.errors import VoxpressError
from storage.settings import Settings, load_settings

ANSWER_SECONDS = 5.0
"""How long a page, or the catalog, may take to answer."""


def worker(settings: Settings) -> str:
    """What is wrong with this host's worker; empty when it reported itself lately, as it does while it works."""
    from storage.catalog import Catalog

    host = socket.gethostname()
    if any(row.host == host for row in Catalog(settings.catalog_url, ANSWER_SECONDS).workers()):
        return ""
    return f"No worker of {host} has reported itself lately: its log says why."


def watcher(settings: Settings) -> str:
    """What is wrong with the watcher; empty when each drop folder of the setting ``inboxes`` is looked after."""
    from storage.catalog import Catalog
    from workers.drop.inbox import MARKER
    from workers.drop.service import folders_of

    catalog = Catalog(settings.catalog_url, ANSWER_SECONDS)
    for folder in folders_of(settings):
        try:
            name = (folder / MARKER).read_text().strip()
        except FileNotFoundError:  # read-only, or new
            name = catalog.inbox_of(str(folder.absolute()))
        except OSError as error:
            return f"The drop folder {folder} cannot be read ({error.strerror})."
        if not catalog.lease_held(f"inbox {name}"):
            return f"Nobody looks after the drop folder {folder}: the log of 'voxpress watch' says why."
    return ""


def exporter(settings: Settings) -> str:
    """What is wrong with the exporter here; empty when it answers, even if only that it wants a password."""
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    address = everywhere.get(settings.metrics_address, settings.metrics_address)
    link = http.client.HTTPConnection(address, settings.metrics_port, timeout=ANSWER_SECONDS)
    try:
        link.request("GET", "/")
        link.getresponse()
    except (OSError, http.client.HTTPException) as error:
        return f"The exporter does not answer at {address}:{settings.metrics_port} ({error})."
    finally:
        link.close()
    return ""


CHECKS: Mapping[str, Callable[[Settings], str]] = {
    "worker": worker,
    "watcher": watcher,
    "exporter": exporter,
}


def main(argv: Sequence[str] | None = None) -> None:
    """Check what is named, and exit."""
    parser = argparse.ArgumentParser(prog="python -m workers.health", description="Is it well?")
    parser.add_argument("what", choices=CHECKS)
    arguments = parser.parse_args(argv)
    try:
        wrong = CHECKS[arguments.what](load_settings().settings)
    except VoxpressError as error:
        wrong = str(error)
    sys.exit(wrong or 0)


if __name__ == "__main__":
    main()
