"""Episodes are made: here and now, or by the workers, and what became of them is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cli.flags import as_settings, assigned
from cli.output import Exit, clock, err, exit_code, interrupted, out, say, write_json
from cli.screen import screen_for
from storage.show_rows import EpisodeRow, EpisodeState, ShowRow
from tasks.adding import Added
from tasks.context import Context
from tasks.episodes import settle


def finish(
    context: Context, row: ShowRow, added: Sequence[Added], *, shared: bool, as_json: bool, quiet: bool
) -> None:
    """Make the productions of episodes, or hand them over, and say what became of them. Ends the command."""
    if shared:
        from cli.submitting import hand_over

        hand_over(context)
    else:
        _make(context, added, as_json=as_json, quiet=quiet)
        settle(context, row)
    catalog = context.store.catalog
    mine = {one.episode.id for one in added}
    seen = [one for one in catalog.episodes(row.name) if one.id in mine][::-1]
    productions = [catalog.get(one.production.id) for one in added]
    if as_json:
        write_json({"show": row.name, "episodes": [episode_as_dict(one) for one in seen]})
    for one in seen:
        if one.state is EpisodeState.FAILED:
            err.print(f"voxpress: {one.error}", markup=False, style="red")
        elif one.state is EpisodeState.PUBLISHED and one.episode and not (quiet or as_json):
            out.print(str(Path(row.folder) / one.episode.audio.name), markup=False)
            say(f'{one.number}. "{one.title}" is in the feed, {clock(one.episode.duration)}.')
        elif not (quiet or as_json):
            say(
                f"\"{one.title or one.source}\" is being made: 'voxpress follow {one.production_id}' watches it."
            )
    if any(one.state is EpisodeState.FAILED for one in seen):
        raise SystemExit(Exit.FAILED)
    raise SystemExit(Exit.DONE if shared else exit_code(one.state for one in productions))


def _make(context: Context, added: Sequence[Added], *, as_json: bool, quiet: bool) -> None:
    wanted = [
        one.production
        for one in added
        if not (one.submission.up_to_date or one.submission.busy or one.production.state.final)
    ]
    if not wanted:
        return
    from cli import run  # a second of imports

    try:
        run.make(context, wanted, screen_for(quiet=quiet, as_json=as_json))
    except KeyboardInterrupt:
        interrupted("Stopped. Everything made so far is kept: run the same command again to continue.")


def settings_said(assignments: list[str] | None, **flags: object) -> dict[str, str]:
    """What flags say of how episodes are made, by dotted key; files by their absolute paths.

    Raises ``SettingsError``.
    """
    said = {key: str(value) for key, value in assigned(assignments).items()}
    for key, given in as_settings(**flags).items():
        if key.startswith("music.") and given:
            given = Path(str(given)).expanduser().absolute()
        if given is not None:
            said[key] = ",".join(given) if isinstance(given, tuple) else str(given)
    return said


def episode_as_dict(one: EpisodeRow) -> dict[str, Any]:
    """As ``--json`` tells it."""
    told = asdict(one.episode) if one.episode else {}
    return {
        **told,
        "number": one.number,
        "guid": one.guid,
        "state": one.state.value,
        "title": one.title,
        "source": one.source,
        "production": one.production_id,
        "error": one.error,
    }


__all__ = ["episode_as_dict", "finish", "settings_said"]
