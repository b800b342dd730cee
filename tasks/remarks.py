"""What is in doubt of a book as a whole, and what of it somebody who looked found to be none.

Doubts about words are kept with their takes; these are about no take: a voice that reads a script badly, a damaged
source, a cover that could not be read. They are found anew by every publishing, and what was accepted stays accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.serial import dump, key_of, load
from storage.rows import Production
from tasks.context import Context
from tasks.doubts import Reported

REMARKS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Remark:
    """A doubt that is not about a passage."""

    fault: str
    said: str
    """A sentence."""
    chapter: str = ""
    """Title of the chapter that it is about; empty for the whole book."""


@dataclass(frozen=True, slots=True)
class Remarks:
    """Those of a production."""

    found: tuple[Remark, ...] = ()
    """By the last publishing, those that are accepted left out."""
    accepted: tuple[Remark, ...] = ()


def remarks_of(context: Context, production: Production) -> Remarks:
    """What was found and accepted until now."""
    kept = context.store.recall(_key(production))
    return load(Remarks, kept.detail) if kept else Remarks()


def remark_of(doubt: Reported) -> Remark | None:
    """A doubt as one of these; None for one that is about a passage."""
    return None if doubt.row or doubt.place else Remark(doubt.fault, doubt.said, doubt.chapter)


def found(context: Context, production: Production, remarks: Iterable[Remark]) -> None:
    """Keep what publishing found."""
    kept = remarks_of(context, production)
    unsettled = (remark for remark in dict.fromkeys(remarks) if remark not in kept.accepted)
    now = replace(kept, found=tuple(unsettled))
    if now != Remarks() or kept != Remarks():  # most productions have none, ever
        _keep(context, production, now)


def accepted(context: Context, production: Production, remarks: Sequence[Remark]) -> None:
    """These are no doubts, in this production."""
    kept = remarks_of(context, production)
    left = tuple(remark for remark in kept.found if remark not in remarks)
    settled = tuple(dict.fromkeys((*kept.accepted, *remarks)))
    _keep(context, production, replace(kept, found=left, accepted=settled))


def _keep(context: Context, production: Production, remarks: Remarks) -> None:
    context.store.keep(_key(production), "remarks", b"{}", dump(remarks))
    context.store.catalog.set_needs(production.id, [_key(production)], replace=False)


def _key(production: Production) -> str:
    return key_of("remarks", REMARKS_VERSION, production.id)
