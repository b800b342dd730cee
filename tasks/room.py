"""Whether there is room on the disks for what is made: a full one fails every production that is under way."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.limits import FREE_BYTES
from storage.settings import Settings


def disks(settings: Settings) -> dict[str, os.statvfs_result]:
    """The disk of each folder that fills up: ``home`` (state folder) and ``blobs``, where that is a folder.

    One that cannot be asked is left out: what works there will say why.
    """
    folders = {"home": settings.home}
    if "://" not in settings.blob_url:
        folders["blobs"] = Path(settings.blob_url)
    found = {}
    for name, folder in folders.items():
        there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        try:
            found[name] = os.statvfs(there)
        except OSError:
            continue
    return found


def want_of_room(settings: Settings) -> str:
    """A sentence when a disk is so full that nothing more should begin; empty otherwise."""
    for name, disk in disks(settings).items():
        free = disk.f_bavail * disk.f_frsize
        if free < FREE_BYTES:
            folder = settings.home if name == "home" else settings.blob_url
            return (
                f"Only {free >> 20} MB are free on the disk of {folder}: it begins when there are "
                f"{FREE_BYTES >> 20} MB ('voxpress storage gc --delete' removes what nobody needs any more)."
            )
    return ""
