"""From what a command was given to productions: what ``make`` and ``submit`` have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.flags import tell_untold
from cli.sources import expanded
from storage.rows import Priority
from tasks.casting import cast_for, check_cast
from tasks.context import Context
from tasks.lexicons import lexicon_for
from tasks.submission import Submission, check_choices, submit


def opened(
    context: Context,
    sources: Sequence[str],
    *,
    lexicons: Sequence[Path] | None,
    cast: Path | None,
    parameters: list[str] | None,
    refresh: bool,
    shared: bool = False,
    priority: Priority = Priority.NORMAL,
) -> list[Submission]:
    """A production for each source, with the settings of the command. What can be seen to fail is refused before.

    Those of ``parameters`` that the voice's engine does not have are told. Raises what ``check_choices``,
    ``check_cast`` and the readers of casts and lexicons raise.
    """
    settings = context.settings
    check_choices(context, shared=shared)
    parts = cast_for(settings.production, cast)
    check_cast(context, parts, shared=shared)
    tell_untold(settings, parameters)
    given = {source: lexicon_for(settings, source, lexicons or ()) for source in expanded(sources)}
    return [
        submit(
            context,
            source,
            settings.output,
            settings.production,
            refresh=refresh,
            shared=shared,
            priority=priority,
            lexicon=lexicon,
            cast=parts,
        )
        for source, lexicon in given.items()
    ]
