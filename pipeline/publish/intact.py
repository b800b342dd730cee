"""Is a published edition still as it was written?"""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.publish.place import REPORT


def is_intact(folder: Path) -> bool:
    """Whether every file that the edition's report lists is there with the size it had.

    Sizes, not checksums: a finished book is looked at on every run of the same command.
    """
    try:
        files = json.loads((folder / REPORT).read_bytes())["files"]
        return bool(files) and all((folder / file["name"]).stat().st_size == file["size"] for file in files)
    except (OSError, ValueError, KeyError, TypeError):
        return False
