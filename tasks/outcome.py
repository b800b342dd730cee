"""How the end of a task looks to who watches: monitors live on Celery's events.

A stage that fails books that in the catalog and then ends like any other, so that its chord runs out. To Celery
that is a success, and it stays one: only the event that tells of it says what really happened.
"""

from __future__ import annotations

import ast
from typing import Any

from celery.worker.request import Request

_FAILED = "failed: "
_LEFT_UNDONE = ("cancelled", "failed")
"""What a stage returns that found its production over already."""


def failed(error: Exception) -> str:
    """What a stage returns that failed."""
    return f"{_FAILED}{error}"


class StageRequest(Request):  # type: ignore[misc]  # Celery has no types
    """A message that a worker has taken; tells the events of its life."""

    def send_event(self, type: str, **fields: Any) -> None:
        """Send an event to monitors; of a stage that failed it says so."""
        said = _said(fields.get("result")) if type == "task-succeeded" else ""
        if said.startswith(_FAILED):
            type, fields["exception"], fields["traceback"] = "task-failed", said.removeprefix(_FAILED), ""
        elif said in _LEFT_UNDONE:
            type = "task-revoked"
            fields |= {"terminated": False, "signum": None, "expired": False}
        super().send_event(type, **fields)


def _said(result: object) -> str:
    """What a stage returned: events have its ``repr``, cut where it is very long."""
    try:
        return str(ast.literal_eval(str(result)))
    except (ValueError, SyntaxError):
        return str(result).strip("'\"")
