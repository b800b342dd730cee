"""Feeds that are followed: each entry once, none lost, caps kept, whatever their server does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.following import follow as follow_command
from pipeline.ingest import book_file, fetch_http, open_book
from pipeline.publish.podcast.show import Show
from pipeline.settings import ReadingSettings
from storage.settings import load_settings
from storage.show_rows import EntryRow, EntryState, FollowedRow, FollowRules, Making, ShowRow
from tasks import composing, digesting, following
from tasks.adding import Added
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


# -- digests ---------------------------------------------------------------------------------------------


@pytest.fixture
def digests(context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed is followed in digests, and was looked at once."""
    monkeypatch.setattr(digesting, "FETCH_PAUSE_SECONDS", 0.0)
    follow(context, site, latest=0, digest=True)
    looked(context)


def found(context: Context, site: ChangingSite, *names: str) -> None:
    """New entries, and a look at them."""
    site.add(*names)
    assert looked(context) == [f"About {name}" for name in names]


def articles(added: Added) -> list[str]:
    """What the chapters of an episode are called, its opening left out."""
    book = json.loads(Path(added.production.source).read_bytes())["book"]
    return [chapter["title"] for chapter in book["chapters"][1:]]


def entry(context: Context, name: str) -> EntryRow:
    return next(one for one in context.store.catalog.entries("morning") if one.title == f"About {name}")


def handed(context: Context, row: ShowRow) -> list[Added]:
    return following.hand_on(context, row, again(context))


def at_next_look(context: Context, monkeypatch: pytest.MonkeyPatch, days: int = 1) -> None:
    later = datetime.now(UTC) + timedelta(days=days, minutes=1)
    monkeypatch.setattr("storage.followed._now", lambda: later)


def test_the_command_says_whether_there_are_digests_and_these_are_daily(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_HOME", str(context.settings.home))
    said = []
    for more in (
        {"as_digest": True},
        {"per_day": 4},
        {"as_digest": False},
        {"as_digest": True, "every": 30},
        {"as_digest": False},
    ):
        follow_command("morning", [f"{site.url}/feed"], **more)
        rules = again(context).rules
        said.append((rules.digest, rules.minutes, rules.per_day))
    assert said == [(True, 1440, 10), (True, 1440, 4), (False, 60, 4), (True, 30, 4), (False, 30, 4)]


@pytest.mark.usefixtures("digests")
def test_all_that_a_look_finds_is_one_episode(context: Context, site: ChangingSite, row: ShowRow) -> None:
    assert handed(context, row) == []
    found(context, site, "bees", "ants", "birds")

    (added,) = handed(context, row)

    assert articles(added) == ["About bees", "About ants", "About birds"]
    for name in ("bees", "ants", "birds"):
        assert (entry(context, name).state, entry(context, name).production_id) == (
            TAKEN,
            added.production.id,
        )
    assert handed(context, row) == []
    site.items += site.items  # every name twice
    assert looked(context) == []
    found(context, site, "cats")
    (second,) = handed(context, row)
    assert articles(second) == ["About cats"]
    assert second.production.id != added.production.id
    books = [
        open_book(one.production.source, ReadingSettings(), context.fetch_rules) for one in (added, second)
    ]
    titles = [book.metadata.title for book in books]
    assert titles[0].startswith("A feed, ")
    assert titles[1] == f"{titles[0]} (2)"
    assert len(context.store.catalog.episodes("morning")) == 2
    assert articles(added) == ["About bees", "About ants", "About birds"]  # as they were


@pytest.mark.usefixtures("digests")
def test_the_days_bound_holds_for_the_entries_of_digests(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(context, site, latest=0, digest=True, per_day=2)
    found(context, site, "a", "b", "c")
    (added,) = handed(context, row)
    assert articles(added) == ["About a", "About b"]
    assert handed(context, row) == []
    at_next_look(context, monkeypatch)
    (added,) = handed(context, row)
    assert articles(added) == ["About c"]


@pytest.mark.usefixtures("digests")
def test_what_cannot_be_had_is_told_and_keeps_nothing_else_out(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(context, site, "late", "lost", "here")
    site.pages = [500, 404]

    (added,) = handed(context, row)

    assert articles(added) == ["About here"]
    late, lost = entry(context, "late"), entry(context, "lost")
    assert (late.state, late.tries, lost.state) == (WAITING, 1, EntryState.FAILED)
    assert "500" in late.reason
    assert "lost" in lost.reason
    assert handed(context, row) == []  # it goes with what the next look finds
    assert entry(context, "late").due_at >= again(context).due_at - timedelta(seconds=1)
    found(context, site, "new")
    at_next_look(context, monkeypatch)
    (added,) = handed(context, row)
    assert articles(added) == ["About late", "About new"]


@pytest.mark.usefixtures("digests")
def test_a_digest_is_no_longer_than_episodes_of_the_show(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(context, site, "a", "b", "c")
    short = replace(row, making=replace(row.making, max_minutes=2.5))  # each takes about one

    (added,) = handed(context, short)

    assert articles(added) == ["About a", "About b"]
    assert "waits for the next one" in entry(context, "c").reason
    assert entry(context, "c").tries == 0
    assert handed(context, short) == []
    at_next_look(context, monkeypatch)
    (added,) = handed(context, short)
    assert articles(added) == ["About c"]
    found(context, site, "long")
    assert handed(context, replace(row, making=replace(row.making, max_minutes=0.5))) == []
    assert entry(context, "long").state is EntryState.FAILED
    assert "too near to the 0.5 that the show takes" in entry(context, "long").reason


@pytest.mark.usefixtures("digests")
def test_a_digest_holds_no_more_than_a_book_does(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(context, site, "a", "b")
    monkeypatch.setattr(book_file, "BOOK_FILE_BYTES", 3_000)
    (added,) = handed(context, row)
    assert articles(added) == ["About a"]
    assert "is full" in entry(context, "b").reason


@pytest.mark.usefixtures("digests")
@pytest.mark.parametrize("killed_in", ["keep_digest", "add_source", "take_gathered"])
def test_who_is_killed_loses_nothing_and_makes_nothing_twice(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    found(context, site, "bees", "ants")
    place = context.store.catalog if killed_in == "take_gathered" else digesting
    real = getattr(place, killed_in)

    def killed(*arguments: object, **more: object) -> None:
        if killed_in == "add_source":
            real(*arguments, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(place) if place is not digesting else place, killed_in, killed)
        with pytest.raises(KeyboardInterrupt):
            handed(context, row)
    found(context, site, "birds")  # meanwhile

    made = [one for _ in range(3) for one in handed(context, row)]

    told = [title for one in made for title in articles(one)]
    assert told == ["About bees", "About ants", "About birds"]
    episodes = context.store.catalog.episodes("morning")
    assert {one.production_id for one in episodes} == {one.production.id for one in made}
    assert {entry(context, name).state for name in ("bees", "ants", "birds")} == {TAKEN}


@pytest.mark.usefixtures("digests")
def test_two_who_hand_on_at_the_same_time_make_it_once(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(context, site, "bees", "ants")
    others: list[list[Added]] = []

    def meanwhile(*arguments: Any) -> Path:
        if not others:
            others.append([])
            others.append(handed(context, row))
        return composing.keep_digest(*arguments)

    monkeypatch.setattr(digesting, "keep_digest", meanwhile)
    assert handed(context, row) == []
    assert [len(one) for one in others] == [0, 1]
    assert len(context.store.catalog.episodes("morning")) == 1


@pytest.mark.usefixtures("digests")
def test_a_digest_that_was_begun_is_ended_also_when_none_are_wanted_any_more(
    context: Context, site: ChangingSite, row: ShowRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(context, site, "bees", "ants")
    with monkeypatch.context() as patch:
        patch.setattr(digesting, "add_source", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            handed(context, row)
    follow(context, site, latest=0, digest=False)
    (added,) = handed(context, row)
    assert articles(added) == ["About bees", "About ants"]
    assert handed(context, row) == []
