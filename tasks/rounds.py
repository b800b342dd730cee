"""How often takes were asked for again, because somebody was not content: each time another seed is their first.

An engine that samples would otherwise say the same again. The rounds are kept with the production, so that a run that
is killed and continued speaks with the same seeds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipeline.serial import dump, key_of, load
from storage.rows import Production
from tasks.context import Context

SEEDS = 1000
"""Between the seeds of two rounds: more than any round has tries."""
ROUNDS_VERSION = 1


def rounds_of(context: Context, production: Production) -> Mapping[str, int]:
    """By the take's key, how often it was asked for again; those that never were are left out."""
    kept = context.store.recall(_key(production))
    return load(dict[str, int], kept.detail) if kept else {}


def another_round(context: Context, production: Production, keys: Collection[str]) -> None:
    """These takes are to be spoken again, each with a seed that it never had."""
    rounds = {**rounds_of(context, production)}
    for key in keys:
        rounds[key] = rounds.get(key, 0) + 1
    context.store.keep(_key(production), "rounds", b"{}", dump(rounds, dict[str, int]))
    context.store.catalog.set_needs(production.id, [_key(production)], replace=False)


def _key(production: Production) -> str:
    return key_of("rounds", ROUNDS_VERSION, production.id)
