"""What is said at the end of a run beside where the edition is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cli.output import say
from pipeline.publish.place import REPORT
from tasks.progress import FINISHED, Progress


def tell_of_checks(ended: Iterable[Progress]) -> None:
    """Which takes were not listened to, and why; nothing where all were, or nobody wanted that."""
    for said in dict.fromkeys(_checks(Path(one.edition_folder)) for one in ended if one.state in FINISHED):
        if said:
            say(said)


def _checks(folder: Path) -> str:
    try:
        checks = json.loads((folder / REPORT).read_text(encoding="utf-8"))["checks"]
        return str(checks["said"]) if checks["unheard"] else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # of an earlier version, or on another machine
