"""``voxpress feed follow``: new entries of feeds become episodes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from cli.choices import ShowName
from cli.flags import AllowHost, Json, Quiet, context_of
from cli.making_episodes import finish
from cli.output import err, reports_errors, say, write_json, write_table
from pipeline.ingest.fetch_address import parse
from storage.show_rows import FollowedRow, FollowRules
from tasks.following import due, hand_on, look_at, with_rules

Feeds = Annotated[
    list[str] | None, typer.Argument(metavar="[URL]...", help="Addresses of feeds (RSS, Atom, JSON).")
]

DIGEST_MINUTES = 24 * 60
"""Between two looks at a feed of whose entries digests are made, unless it was said."""


@reports_errors
def follow(
    name: ShowName,
    feeds: Feeds = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include", metavar="TEXT", help="Only entries with this in the title. May be repeated."
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="TEXT", help="No entries with this in the title. May be repeated."),
    ] = None,
    latest: Annotated[
        int | None,
        typer.Option("--latest", min=0, max=1000, help="Entries that are there already to take; default 3."),
    ] = None,
    per_day: Annotated[
        int | None,
        typer.Option("--per-day", min=1, max=1000, help="At most so many in 24 hours; default 10."),
    ] = None,
    max_words: Annotated[
        int | None, typer.Option("--max-words", min=0, help="Leave out longer articles; 0 takes all.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            "--every",
            min=5,
            max=44640,
            metavar="MINUTES",
            help="Between two looks; default 60, with --digest 1440, which is a day.",
        ),
    ] = None,
    as_digest: Annotated[
        bool | None,
        typer.Option(
            "--digest/--no-digest", help="One episode of all that a look finds, with a chapter for each."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let new entries of feeds become episodes of SHOW while 'voxpress up' runs. Without URL: list them."""
    context = context_of({})
    catalog = context.store.catalog
    catalog.show(name)
    known = {feed.url: feed for feed in catalog.followed_feeds(name)}
    for url in feeds or ():
        parse(url)  # refuses what is no address of the web
        before = known[url].rules if url in known else FollowRules()
        usual = DIGEST_MINUTES if before.digest else FollowRules().minutes
        if as_digest is not None and every is None and before.minutes == usual:
            before = replace(before, minutes=DIGEST_MINUTES if as_digest else FollowRules().minutes)
        rules = with_rules(
            before,
            include=tuple(include) if include else None,
            exclude=tuple(exclude) if exclude else None,
            latest=latest,
            per_day=per_day,
            max_words=max_words,
            minutes=every,
            digest=as_digest,
        )
        catalog.follow_feed(name, url, rules)
    followed = catalog.followed_feeds(name)
    if as_json:
        write_json({"show": name, "followed": [_as_dict(feed) for feed in followed]})
    elif feeds:
        say(
            f"{name} follows {'it' if len(feeds) == 1 else 'them'}: 'voxpress feed check {name}' looks at once."
        )
    else:
        write_table(
            [
                (
                    feed.url,
                    feed.title,
                    f"{feed.checked_at:%Y-%m-%d %H:%M}" if feed.checked_at else "not yet",
                    f"{feed.rules.per_day} a day" + (" in digests" if feed.rules.digest else ""),
                    "it is gone" if feed.gone else feed.error,
                )
                for feed in followed
            ],
            head=("feed", "title", "looked at", "takes", "trouble"),
        )


@reports_errors
def unfollow(
    name: ShowName, feeds: Annotated[list[str], typer.Argument(metavar="URL", help="As it is followed.")]
) -> None:
    """Follow feeds no more. Their episodes stay."""
    context = context_of({})
    context.store.catalog.show(name)
    for url in feeds:
        context.store.catalog.unfollow_feed(name, url)


@reports_errors
def check(
    name: ShowName,
    submit_only: Annotated[
        bool, typer.Option("--submit", help="Leave new episodes to the workers of the shared broker.")
    ] = False,
    all_of_them: Annotated[bool, typer.Option("--now", help="Also feeds whose time has not come.")] = False,
    allow_host: AllowHost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look at the feeds that SHOW follows, and make episodes of their new entries here and now."""
    context = context_of({"allow_hosts": tuple(allow_host) if allow_host else None})
    catalog = context.store.catalog
    row = catalog.show(name)
    if submit_only:
        from cli.submitting import join_broker

        join_broker(context)
    for feed in catalog.followed_feeds(name) if all_of_them else due(context, name):
        look_at(context, feed)
    added, failed = [], []
    for feed in catalog.followed_feeds(name):
        failed += [feed.error] if feed.error else []
        added += hand_on(context, row, feed, shared=submit_only)
    for error in failed:
        err.print(f"voxpress: {error}", markup=False, style="red")
    if not added and not (quiet or as_json):
        say("There is nothing new.")
    finish(context, row, added, shared=submit_only, as_json=as_json, quiet=quiet)


@reports_errors
def entries(
    name: ShowName,
    most: Annotated[int, typer.Option("--most", min=1, max=10000, help="How many.")] = 50,
    as_json: Json = False,
) -> None:
    """List what was found in followed feeds, and what became of it."""
    context = context_of({})
    context.store.catalog.show(name)
    found = context.store.catalog.entries(name, most=most)
    if as_json:
        write_json({"show": name, "entries": [asdict(entry) for entry in found]})
        return
    write_table(
        [
            (
                f"{one.seen_at:%Y-%m-%d %H:%M}",
                one.state.value,
                one.title or one.link,
                one.reason or one.production_id,
            )
            for one in found
        ],
        head=("seen", "state", "entry", "why, or its production"),
    )


def _as_dict(feed: FollowedRow) -> dict[str, Any]:
    return {
        key: value for key, value in asdict(feed).items() if key not in ("id", "show", "etag", "modified")
    }


__all__ = ["check", "entries", "follow", "unfollow"]
