"""Flower, the web view of workers and tasks, behind a password: ``python -m workers.flower``.

By itself Flower is open to everybody who reaches its port, and its metrics and health check are even when it has
a password. Here nothing is (workers/flower_guard.py), and secrets come from settings, never from the command line.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import os
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.errors import SettingsError, VoxpressError
from storage.settings import Settings, load_settings
from workers.embedded import worker_environment
from workers.lifeline import die_with_parent, hang_on
from workers.passwords import is_loopback, own_password
from workers.place import broker_url
from workers.supervisor import Service, module

OLDEST_VERSION = (2, 2)
"""Earlier ones have no read-only mode."""
ALIVE_SECONDS = 5.0
"""How long Flower may take to say that it is well."""


# -- as a service ------------------------------------------------------------------------------------------


def flower_service(settings: Settings, broker_url: str) -> Service | None:
    """Flower as a service; None where it is not installed, or not wanted (port 0).

    Raises ``SettingsError`` where it would be open to others than this host.
    """
    if not settings.flower_port or not is_installed():
        return None
    credentials(settings)
    ours = "" if settings.flower_password else f", password in {password_file(settings)}"
    return Service(
        name=f"Flower ({page(settings)}, user {settings.flower_user}{ours})",
        command=module("workers.flower"),
        environment={
            **worker_environment(settings, broker_url),
            "VOXPRESS_FLOWER_ADDRESS": settings.flower_address,
            "VOXPRESS_FLOWER_PORT": str(settings.flower_port),
            "VOXPRESS_FLOWER_USER": settings.flower_user,
            "VOXPRESS_FLOWER_PASSWORD": settings.flower_password,
            "VOXPRESS_FLOWER_PREFIX": settings.flower_prefix,
            "VOXPRESS_FLOWER_READ_ONLY": "1" if settings.flower_read_only else "0",
            "VOXPRESS_LOG_LEVEL": settings.log_level,
        },
        lifeline=True,
    )


def is_installed(path: Sequence[str] | None = None) -> bool:
    """Whether there is a Flower that can be used on ``path`` (where modules are imported from).

    Its name alone says nothing: our own folder ``flower/`` in a checkout can be imported, too, and is empty.
    """
    found = PathFinder.find_spec("flower", path)
    return found is not None and found.origin is not None


def page(settings: Settings) -> str:
    """Where a browser on this host finds Flower."""
    host, path = _host(settings), _path(settings)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.flower_port}{path}"


def _host(settings: Settings) -> str:
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    return everywhere.get(settings.flower_address, settings.flower_address)


def _path(settings: Settings) -> str:
    prefix = settings.flower_prefix.strip("/")
    return f"/{prefix}/" if prefix else "/"


# -- credentials -------------------------------------------------------------------------------------------


def credentials(settings: Settings) -> str:
    """``USER:PASSWORD``: as set; else, where only this host can reach Flower, of our own making.

    Raises ``SettingsError`` where others can and no password is set.
    """
    if settings.flower_password:
        return f"{settings.flower_user}:{settings.flower_password}"
    if not is_loopback(settings.flower_address):
        raise SettingsError(
            f"Flower would be open to everybody who reaches {settings.flower_address or 'this host'}: set "
            "VOXPRESS_FLOWER_PASSWORD_FILE to a file with a password, or flower_address to 127.0.0.1."
        )
    return f"{settings.flower_user}:{own_password(password_file(settings))}"


def password_file(settings: Settings) -> Path:
    """Where the password is kept that was made up because none is set."""
    return flower_folder(settings) / "password"


def flower_folder(settings: Settings) -> Path:
    """What Flower keeps; only its owner can read it."""
    return settings.home / "flower"


# -- the process -------------------------------------------------------------------------------------------


def is_well(settings: Settings) -> bool:
    """Whether the Flower of these settings answers."""
    code = base64.b64encode(credentials(settings).encode()).decode()
    link = http.client.HTTPConnection(_host(settings), settings.flower_port, timeout=ALIVE_SECONDS)
    try:
        link.request("GET", f"{_path(settings)}healthcheck", headers={"Authorization": f"Basic {code}"})
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def main(argv: Sequence[str] | None = None) -> None:
    """Run Flower until it is told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m workers.flower", description="Flower, behind a password."
    )
    parser.add_argument("--check", action="store_true", help="ask a running one; exit status 0 if it is well")
    parser.add_argument("--lifeline", type=int, help="descriptor of a pipe; when it closes, everything ends")
    arguments = parser.parse_args(argv)
    if arguments.lifeline is not None:
        die_with_parent()
        hang_on(arguments.lifeline)
    try:
        settings = load_settings().settings
        if arguments.check:
            sys.exit(0 if is_well(settings) else 1)
        _run(settings.prepare())
    except VoxpressError as error:
        sys.exit(str(error))


def _run(settings: Settings) -> None:
    if not settings.flower_port:
        raise SettingsError("The setting flower_port is 0, which means no Flower: set it to a port.")
    _check_version()
    os.umask(0o077)
    allowed, url = credentials(settings), broker_url(settings)
    flower_folder(settings).mkdir(exist_ok=True)
    os.environ["VOXPRESS_BROKER_URL"] = url  # before the app is made, which reads it
    from tasks.app import app, use_broker
    from workers.flower_guard import run

    use_broker(url)
    run(app, settings, allowed, flower_folder(settings))


def _check_version() -> None:
    try:
        found = version("flower")
    except PackageNotFoundError as error:
        raise SettingsError("Flower is not installed: pip install 'voxpress[flower]'.") from error
    if tuple(int(part) for part in found.split(".")[:2]) < OLDEST_VERSION:
        raise SettingsError(f"Flower {found} is too old to be read-only: pip install 'voxpress[flower]'.")


if __name__ == "__main__":
    main()
