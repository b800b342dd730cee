"""When a production is stopped because its engine does not work: a pure decision.

One passage that an engine cannot speak is left to another engine and told as a doubt
(``pipeline.check.policy``). When that happens to one passage of its own after the other, it is the engine: to go on
would cost many deaths of its process for each chunk, and end in a book that somebody else reads than was asked for.
So it ends there, with what is made. What other engines of the same cast speak meanwhile says nothing for it.
"""

from __future__ import annotations

from collections.abc import Mapping

KILLED_IN_ROW = 3
"""Chunks that killed their process each time they were begun alone. A text that does that is rare; three of them
without one that is spoken between them are the machine's or the engine's fault (a GPU that is gone, too little
memory). Each costs ``attempts`` deaths, so there is no point in being patient."""
FAILED_IN_ROW = 20
"""Chunks on which the engine raised or whose takes were refused. That costs next to nothing, and some texts have
runs of it (a page of formulas, a table of names): some minutes of audio are granted."""
FEW = 3
"""Chunks of one engine among others that may all be at fault themselves: a speaker of a cast with a line or two."""


def is_broken(in_row: int, engine: str, chunks: Mapping[str, int], *, killed: bool) -> bool:
    """Whether an engine that failed on ``in_row`` chunks since it last spoke one shall not be tried any more.

    ``killed``: the last of them killed its process. ``chunks``: how many of the production each engine is to speak;
    one that failed on all of its own has spoken nothing at all. Where others speak as well, so few prove nothing.
    """
    own = chunks.get(engine, 0) if len(chunks) < 2 else max(FEW, chunks.get(engine, 0))
    return in_row >= min(KILLED_IN_ROW if killed else FAILED_IN_ROW, own)


def broken(engine: str, production: str, in_row: int, cause: str, *, killed: bool) -> str:
    """The sentence for the person who asked: what happened to ``engine``, and what to do."""
    last = f"each of the last {in_row} passages" if in_row > 1 else "the only passage"
    if killed:
        what = f"was killed at {last}, perhaps for want of memory"
    else:
        what = f"failed on {last} ({cause.rstrip('.')})"
    return (
        f"The engine “{engine}” {what}: mend that and run 'voxpress retry {production}', or make the book again with "
        "another --voice; what is made so far is kept."
    )
