"""Feeds that are followed: each entry once, none lost, caps kept, whatever their server does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.ingest import fetch_http
from pipeline.publish.podcast.show import Show
from storage.settings import load_settings
from storage.show_rows import EntryState, FollowedRow, FollowRules, Making, ShowRow
from tasks import following
from tasks.context import Context, open_context
from tests.changing_site import ChangingSite, changing_site
from tests.sites import LOOPBACK

SKIPPED, TAKEN, WAITING = EntryState.SKIPPED, EntryState.TAKEN, EntryState.WAITING


@pytest.fixture
def site() -> Iterator[ChangingSite]:
    with changing_site([f"old-{number}" for number in range(5)]) as running:
        yield running


@pytest.fixture
def context(tmp_path: Path) -> Context:
    settings = load_settings(
        {"home": tmp_path / "home", "allow_hosts": LOOPBACK, "voice.voice": "tone"}
    ).settings
    return open_context(settings.prepare())


@pytest.fixture
def row(context: Context, tmp_path: Path) -> ShowRow:
    show = Show(name="morning", guid="0", title="Morning")
    return context.store.catalog.add_show(show, str(tmp_path / "morning"), Making())


def follow(context: Context, site: ChangingSite, **rules: object) -> FollowedRow:
    url = f"{site.url}/feed"
    return context.store.catalog.follow_feed("morning", url, following.with_rules(FollowRules(), **rules))


def again(context: Context) -> FollowedRow:
    """The feed as the catalog knows it now."""
    (feed,) = context.store.catalog.followed_feeds("morning")
    return feed


def states(context: Context) -> dict[str, EntryState]:
    return {one.title: one.state for one in context.store.catalog.entries("morning", most=50_000)}


def looked(context: Context) -> list[str]:
    return [one.title for one in following.look_at(context, again(context))]


def test_at_first_only_the_newest_are_taken(context: Context, site: ChangingSite, row: ShowRow) -> None:
    follow(context, site, latest=2)
    assert len(looked(context)) == 5
    assert [title for title, state in states(context).items() if state is WAITING] == [
        "About old-4",
        "About old-3",
    ]
    assert again(context).title == "A feed"


def test_each_entry_once_however_often_the_feed_repeats_it(
    context: Context, site: ChangingSite, row: ShowRow
) -> None:
    follow(context, site, latest=0)
    looked(context)
    site.add("new", "newer")
    site.items += site.items  # every name twice
    assert looked(context) == ["About new", "About newer"]
    site.items = [(name, f"{title}, corrected") for name, title in site.items]
    assert looked(context) == []
    site.items = site.items[:1]  # a feed shows its latest entries only
    assert looked(context) == []
    site.add("newest")
    assert looked(context) == ["About newest"]


def test_what_has_not_changed_is_not_sent(context: Context, site: ChangingSite, row: ShowRow) -> None:
    follow(context, site)
    looked(context)
    assert looked(context) == []
    assert "If-None-Match" in site.asked[-1][1]
    assert again(context).failures == 0


def test_a_permanent_move_is_remembered_and_loses_nothing(
    context: Context, site: ChangingSite, row: ShowRow
) -> None:
    follow(context, site, latest=0)
    looked(context)
    site.moved = f"{site.url}/elsewhere"
    site.add("new")
    assert looked(context) == ["About new"]
    assert again(context).address == f"{site.url}/elsewhere"
    site.asked.clear()
    assert looked(context) == []
    assert [path for path, _ in site.asked] == ["/elsewhere"]


def test_a_temporary_redirect_is_not(context: Context, site: ChangingSite, row: ShowRow) -> None:
    follow(context, site, latest=0)
    site.before = [(302, {"Location": f"{site.url}/elsewhere"})]
    looked(context)
    assert again(context).address == ""


@pytest.mark.parametrize("status", [500, 503, 404, 403])
def test_trouble_is_told_and_the_feed_is_asked_less_often(
    context: Context, site: ChangingSite, row: ShowRow, status: int
) -> None:
    follow(context, site, latest=0)
    looked(context)
    site.add("new")
    pauses = []
    for _ in range(3):
        site.before = [(status, {})]
        assert looked(context) == []
        feed = again(context)
        assert str(status) in feed.error
        assert feed.checked_at is not None
        pauses.append(feed.due_at - feed.checked_at)
    assert pauses[0] < pauses[1] < pauses[2]
    assert looked(context) == ["About new"]  # nothing was lost meanwhile
    assert again(context).error == ""


def test_who_asks_to_be_left_alone_is(context: Context, site: ChangingSite, row: ShowRow) -> None:
    follow(context, site)
    site.before = [(429, {"Retry-After": "7200"})]
    assert looked(context) == []
    feed = again(context)
    assert feed.checked_at is not None
    assert feed.due_at - feed.checked_at == timedelta(hours=2)
    assert feed.failures == 0


def test_a_feed_that_is_gone_is_asked_no_more(context: Context, site: ChangingSite, row: ShowRow) -> None:
    follow(context, site)
    site.before = [(410, {})]
    looked(context)
    assert again(context).gone
    assert following.due(context) == []


def test_a_server_that_never_answers(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(context, site, latest=0)
    looked(context)
    site.add("new")
    site.slow = 2
    monkeypatch.setattr("pipeline.ingest.feed_look.FETCH_SECONDS", 0.3)
    monkeypatch.setattr(fetch_http, "FETCH_SECONDS", 0.3)
    assert looked(context) == []
    assert "within" in again(context).error
    monkeypatch.undo()
    site.slow = 0
    assert looked(context) == ["About new"]


def test_what_is_no_feed(context: Context, site: ChangingSite, row: ShowRow) -> None:
    follow(context, site, latest=0)
    looked(context)
    site.before = [(200, {"Content-Type": "text/html"})]
    assert looked(context) == []
    assert "feed" in again(context).error


def test_ten_thousand_entries(context: Context, site: ChangingSite, row: ShowRow) -> None:
    site.items = []
    site.add(*(f"entry-{number}" for number in range(10_000)))
    follow(context, site, latest=3, per_day=2)
    assert len(looked(context)) == 10_000
    assert sum(state is WAITING for state in states(context).values()) == 3
    assert len(following.hand_on(context, row, again(context))) == 2
    assert following.hand_on(context, row, again(context)) == []  # tomorrow


def test_caps_hold_entries_back_and_lose_none(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(context, site, latest=0, per_day=2)
    looked(context)
    site.add(*(f"new-{number}" for number in range(5)))
    looked(context)
    made = [len(following.hand_on(context, row, again(context)))]
    days = iter((24, 48))
    for hours in days:
        later = datetime.now(UTC) + timedelta(hours=hours, minutes=1)
        monkeypatch.setattr("storage.followed._now", lambda later=later: later)
        made.append(len(following.hand_on(context, row, again(context))))
    assert made == [2, 2, 1]
    taken = [one for one in context.store.catalog.entries("morning") if one.state is TAKEN]
    assert [one.title for one in taken[::-1]] == [
        f"About new-{number}" for number in range(5)
    ]  # the oldest first
    assert len({one.production_id for one in taken}) == 5


def test_rules_keep_entries_out_and_say_so(context: Context, site: ChangingSite, row: ShowRow) -> None:
    follow(context, site, latest=100, include=("BEES", "birds"), exclude=("sponsored",))
    site.items = []
    site.add("Bees", "birds", "sponsored bees", "cars")
    looked(context)
    assert states(context) == {
        "About cars": SKIPPED,
        "About sponsored bees": SKIPPED,
        "About birds": WAITING,
        "About Bees": WAITING,
    }
    assert "sponsored" in context.store.catalog.entries("morning")[1].reason


def test_an_entry_that_cannot_be_read_does_not_hold_up_the_next(
    context: Context, site: ChangingSite, row: ShowRow
) -> None:
    follow(context, site, latest=0)
    looked(context)
    site.add("new")
    looked(context)
    refusing = replace(context.settings, allow_hosts=())
    (added,) = following.hand_on(open_context(refusing), row, again(context))
    assert added.production.state.value == "failed"
    assert "private" in added.production.error
    assert states(context)["About new"] is TAKEN


def test_a_page_that_cannot_be_fetched_now_is_fetched_later(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(context, site, latest=0)
    looked(context)
    site.add("new")
    looked(context)
    site.pages = [500]
    assert following.hand_on(context, row, again(context)) == []
    (entry,) = context.store.catalog.entries("morning", most=1)
    assert (entry.state, entry.tries) == (WAITING, 1)
    assert "500" in entry.reason
    assert following.hand_on(context, row, again(context)) == []  # not at once
    later = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr("storage.followed._now", lambda: later)
    (added,) = following.hand_on(context, row, again(context))
    assert added.production.state.value == "queued"
