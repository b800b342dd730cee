"""The collector: finds and removes what no production needs.

Needed are the takes and scripts in any production's plan, and the results it names otherwise
(``Catalog.set_needs``, its book, its edition, the copy of its source). A production's takes become garbage when
their sentences were edited away, or when the production itself was removed (``Catalog.forget_production``).

What a running production will need is not always written down yet: a result is found first and booked as
needed afterwards. So nothing that was written or found lately is removed, unless the collector is *alone*:
nobody is making anything, and nobody begins before it is done (``tasks.holds.alone``).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import ColumnElement, delete, func, select, true

from pipeline.errors import BlobMissing
from storage.database import batches
from storage.rows import Artifact
from storage.store import Store
from storage.tables import ARTIFACT, CHAPTER, CHUNK, NEED, PRODUCTION

KEEP_DAYS = 30.0
"""How long what nobody needs is kept, for an edit that is taken back or a book that is made once more."""
YOUNG_SECONDS = 3600.0
"""Nothing younger is removed beside others: its place in the catalog may just be being written."""
BATCH = 2_000
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Garbage:
    """Something that no production needs."""

    kind: str
    """``artifact``: a recorded result; ``blob``: bytes that nothing names; ``ref``: a name that was never
    recorded."""
    key: str
    """Of the artifact or ref; empty for a blob."""
    digest: str
    size: int
    """Bytes."""
    age: float
    """Seconds since it was last written or used."""


def plan_gc(
    store: Store, keep_days: float = KEEP_DAYS, max_bytes: int | None = None, *, alone: bool = False
) -> list[Garbage]:
    """What may be removed, the oldest first; removes nothing.

    That is what has not been used for ``keep_days``. With ``max_bytes`` also younger garbage, as much of it
    as it takes to bring the store down to that many bytes (what is needed stays, even when it is more).
    """
    young = 0.0 if alone else YOUNG_SECONDS
    found = sorted(_garbage(store), key=lambda item: -item.age)
    needed = _named_elsewhere(store, found)
    found = [replace(item, size=0) if item.digest in needed else item for item in found]
    chosen = [item for item in found if item.age >= max(keep_days * DAY, young)]
    if max_bytes is not None:
        left = sum(size for _, size, _ in store.blobs.all()) - sum(item.size for item in chosen)
        for item in found[len(chosen) :]:
            if left <= max_bytes or item.age < young:
                break
            chosen.append(item)
            left -= item.size
    return chosen


def collect(store: Store, plan: Sequence[Garbage], *, alone: bool = False) -> int:
    """Remove what ``plan_gc`` found and is still garbage now; returns the bytes that were freed."""
    if not plan:
        return 0
    young = 0.0 if alone else YOUNG_SECONDS
    plan = [item for item in plan if _age(store, item.digest) >= young]  # some was found again meanwhile
    for batch in batches((item.key for item in plan if item.kind == "artifact"), BATCH):
        store.catalog.database.patience.again(partial(_forget_unneeded, store, batch))
    recorded = set(store.catalog.artifacts(item.key for item in plan if item.key))
    for item in plan:
        if item.key and item.key not in recorded:
            store.blobs.delete_ref(item.key)
    digests = dict.fromkeys(item.digest for item in plan)
    used = _recorded_digests(store, digests) | {ref.digest for ref in _unrecorded_refs(store)}
    return sum(_remove(store, digest, young) for digest in digests if digest not in used)


def _forget_unneeded(store: Store, keys: list[str]) -> None:
    with store.catalog.database.write() as connection:
        unneeded = ARTIFACT.c.key.in_(keys) & _unneeded()
        gone = list(connection.execute(select(ARTIFACT.c.key).where(unneeded)).scalars())
        connection.execute(delete(ARTIFACT).where(ARTIFACT.c.key.in_(gone)))


def _remove(store: Store, digest: str, young: float) -> int:
    if _age(store, digest) < young:
        return 0  # somebody put the same bytes again meanwhile
    try:
        size = store.blobs.size(digest)
    except BlobMissing:
        return 0
    store.blobs.delete(digest)
    return size


def _age(store: Store, digest: str) -> float:
    """Seconds since the bytes were written or used; those that are gone are as old as can be."""
    try:
        return max(0.0, store.blobs.age(digest))
    except BlobMissing:
        return float("inf")


def _garbage(store: Store) -> Iterator[Garbage]:
    seen: set[str] = set()  # equal bytes are counted once
    for artifact in _unneeded_artifacts(store):
        yield _as_garbage(store, "artifact", artifact, seen)
    refs = list(_unrecorded_refs(store))
    for artifact in refs:
        yield _as_garbage(store, "ref", artifact, seen)
    named = {artifact.digest for artifact in refs}
    for digest, size, mtime in orphan_blobs(store):
        if digest not in named:
            yield Garbage("blob", "", digest, size, time.time() - mtime)


def _as_garbage(store: Store, kind: str, artifact: Artifact, seen: set[str]) -> Garbage:
    size = 0 if artifact.digest in seen else artifact.size
    seen.add(artifact.digest)
    age = _age(store, artifact.digest)
    return Garbage(kind, artifact.key, artifact.digest, 0 if age == float("inf") else size, age)


def _named_elsewhere(store: Store, found: Sequence[Garbage]) -> set[str]:
    """Digests whose bytes stay, because a result that is needed has the same."""
    ours = Counter(item.digest for item in found if item.kind == "artifact")
    named: set[str] = set()
    with store.catalog.database.read() as connection:
        for batch in batches(ours, BATCH):
            query = select(ARTIFACT.c.digest, func.count()).where(ARTIFACT.c.digest.in_(batch))
            for digest, count in connection.execute(query.group_by(ARTIFACT.c.digest)):
                if count > ours[digest]:
                    named.add(digest)
    return named


def orphan_blobs(store: Store) -> Iterator[tuple[str, int, float]]:
    """Digest, bytes and modification time of the blobs that no recorded result names."""
    for batch in batches(store.blobs.all(), BATCH):
        known = _recorded_digests(store, (digest for digest, _, _ in batch))
        yield from (blob for blob in batch if blob[0] not in known)


def _unneeded() -> ColumnElement[bool]:
    condition: ColumnElement[bool] = true()
    for column in (CHUNK.c.take_key, CHAPTER.c.script_key, NEED.c.key):  # millions, with an index each
        condition &= ~select(column).where(column == ARTIFACT.c.key).exists()
    for column in (PRODUCTION.c.book_key, PRODUCTION.c.edition_key, PRODUCTION.c.source_key):
        condition &= ARTIFACT.c.key.not_in(select(column))  # thousands, read once
    return condition


def _unneeded_artifacts(store: Store) -> Iterator[Artifact]:
    columns = (ARTIFACT.c[field] for field in Artifact.__slots__)
    query, last = select(*columns).where(_unneeded()).order_by(ARTIFACT.c.key).limit(BATCH), ""
    while True:
        with store.catalog.database.read() as connection:
            rows = connection.execute(query.where(ARTIFACT.c.key > last)).all()
        if not rows:
            return
        yield from (Artifact(*row) for row in rows)
        last = rows[-1].key


def _unrecorded_refs(store: Store) -> Iterator[Artifact]:
    """Refs that can still be adopted, or that are too old for anybody to come back for them."""
    for batch in batches((key for key, _, _ in store.blobs.all_refs()), BATCH):
        known = store.catalog.artifacts(batch)
        for key in batch:
            if key not in known and (artifact := store.ref(key)) is not None:
                yield artifact


def _recorded_digests(store: Store, digests: Iterable[str]) -> set[str]:
    found: set[str] = set()
    with store.catalog.database.read() as connection:
        for batch in batches(digests, BATCH):
            query = select(ARTIFACT.c.digest).where(ARTIFACT.c.digest.in_(batch))
            found.update(connection.execute(query).scalars())
    return found


__all__ = ["Garbage", "collect", "orphan_blobs", "plan_gc"]
