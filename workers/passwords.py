"""Passwords of the pages that processes show: as set, else one of our own making where only this host can look."""

from __future__ import annotations

import ipaddress
import os
import secrets
from pathlib import Path

LENGTH_BYTES = 18
"""Random bytes in a password of our own making: 144 bits, 24 characters."""


def is_loopback(address: str) -> bool:
    """Whether only this host can reach what listens on ``address``."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def own_password(file: Path) -> str:
    """What ``file`` says; made up when there is none. It appears whole, and only its owner can read it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        aside = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(LENGTH_BYTES))
        try:
            os.link(aside, file)  # fails when another process was faster: then its password counts
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    file.chmod(0o600)
    return file.read_text().strip()
