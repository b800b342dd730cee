"""``voxpress feed validate``: a show as podcast clients and directories see it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.flags import Json, context_of
from cli.output import Exit, out, reports_errors, say, write_json

Show = Annotated[str, typer.Argument(metavar="SHOW", help="Name of the show, or a folder with a feed.xml.")]


@reports_errors
def validate(show: Show, as_json: Json = False) -> None:
    """Check the feed of SHOW and every file that it names, by the published specifications; fetches nothing."""
    from pipeline.publish.podcast.validate import Severity
    from pipeline.publish.podcast.validate import validate as look

    folder = Path(show)
    if not folder.is_dir():
        folder = Path(context_of({}).store.catalog.show(show).folder)
    found = look(folder)
    counts = Counter(finding.severity for finding in found)
    if as_json:
        entries = [asdict(finding) for finding in found]
        write_json({"folder": str(folder), "valid": not counts[Severity.ERROR], "findings": entries})
    else:
        for finding in found:
            out.print(str(finding), markup=False, highlight=False, soft_wrap=True)
        say(f"{folder}: {counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings.")
    raise SystemExit(Exit.FAILED if counts[Severity.ERROR] else Exit.DONE)
