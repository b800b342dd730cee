"""What a production leaves on the queue server when processes that work for it are killed.

Celery's counters of a chord that never came to its end, and ours of a task that did not, expire after days. A
studio in which things are killed would collect them until then; so each production's are noted, and removed
when it is over.
"""

from __future__ import annotations

from typing import Any

_NOTED = "voxpress-leftovers-{}"
"""A set of keys, by production."""


def note(client: Any, production: str, *keys: str | bytes, seconds: int) -> None:
    """Remember for ``seconds`` that the production may leave these keys. Raises ``redis.RedisError``."""
    with client.pipeline(transaction=False) as together:
        together.sadd(_NOTED.format(production), *keys)
        together.expire(_NOTED.format(production), seconds)
        together.execute()


def remove(client: Any, production: str) -> None:
    """Remove what is noted of a production that is over. Raises ``redis.RedisError``."""
    noted = _NOTED.format(production)
    if keys := client.smembers(noted):
        client.delete(noted, *keys)
