"""Voices that are spoken elsewhere: told by workers, kept by the catalog, found by who plans."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.errors import EngineUnavailable, VoiceChanged, VoiceNotFound
from pipeline.model import Voice
from pipeline.settings import ProductionSettings, VoiceSettings
from pipeline.speech.engine import EngineLimits
from pipeline.speech.offers import Offer, read, written
from storage.catalog import Catalog
from storage.database import moment
from storage.offers import OFFERED_SECONDS
from storage.tables import OFFER
from storage.workers import ALIVE_SECONDS
from tasks import reading
from tasks.context import Context
from tasks.offers import find_voice, limits_of, planned_offers, planned_with, voice_of
from tasks.serving import unserved
from tasks.speaking import speak_batch
from tasks.submission import check_choices, submit
from tests.books import write_epub
from tests.producing import a_context, chunks, planned
from workers.telling import Telling

TEXT = {"One": ["First there was this. And then there was that.", "Here it ends."]}


def a_voice(name: str, revision: str = "1", **changes: object) -> Voice:
    engine, _, identity = name.partition(":")
    voice = Voice(name, engine, identity, ("en",), 24_000, revision, quality=50)
    return replace(voice, **changes)  # type: ignore[arg-type]


def told(*voices: Voice) -> str:
    return written(Offer(voice, EngineLimits(characters=90, batch_seconds=7.0)) for voice in voices)


def grow_old(catalog: Catalog, seconds: float) -> None:
    """Everything was said so many seconds earlier than it was."""
    with catalog.database.write() as connection:
        when = moment(connection) - timedelta(seconds=seconds)
        connection.execute(update(OFFER).values(seen_at=when))


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    found = Catalog(catalog_url)
    yield found
    found.close()


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr("tasks.offers.FRESH_SECONDS", 0.0)
    return a_context(tmp_path)


# -- the catalog -----------------------------------------------------------------------------------------


def test_workers_that_offer_the_same_have_one_row(catalog: Catalog) -> None:
    text = told(a_voice("ghost:a"))
    first = catalog.tell_offer("ghost", text, "ghost-1@here", "1.0")
    assert catalog.tell_offer("ghost", text, "ghost-1@there", "1.0") == first
    [row] = catalog.offers()
    assert (row.engine, row.host, row.alive, row.voices) == ("ghost", "there", True, text)


def test_what_a_worker_says_takes_the_place_of_what_it_said(catalog: Catalog) -> None:
    before = catalog.tell_offer("ghost", told(a_voice("ghost:a"), a_voice("ghost:b")), "g@one", "1.0")
    catalog.tell_offer("other", told(a_voice("other:a")), "g@one", "1.0")
    catalog.tell_offer("ghost", told(a_voice("ghost:a")), "g@one", "1.0")
    offered = {row.engine: [offer.voice.id for offer in read(row.voices)] for row in catalog.offers()}
    assert offered == {"ghost": ["a"], "other": ["a"]}
    assert not catalog.repeat_offer("ghost", before, "h@two")  # it has to be told again by who still has it


def test_what_nobody_repeats_is_away_then_forgotten(catalog: Catalog) -> None:
    digest = catalog.tell_offer("ghost", told(a_voice("ghost:a")), "g@one", "1.0")
    grow_old(catalog, ALIVE_SECONDS + 5)
    assert [row.alive for row in catalog.offers()] == [False]
    assert catalog.repeat_offer("ghost", digest, "g@one")
    assert [row.alive for row in catalog.offers()] == [True]
    grow_old(catalog, OFFERED_SECONDS + 5)
    assert catalog.offers() == []
    catalog.tell_offer("other", told(), "g@one", "1.0")
    assert not catalog.repeat_offer("ghost", digest, "g@one")


def test_voices_that_are_known_or_too_long_are_not_sent(catalog: Catalog) -> None:
    digest = catalog.tell_offer("ghost", told(a_voice("ghost:a")), "g@one", "1.0")
    assert [row.voices for row in catalog.offers({("ghost", digest)})] == [""]
    assert [row.voices for row in catalog.offers(most=10)] == [""]


def test_a_worker_tells_and_repeats_and_leaves_it_behind(context: Context) -> None:
    telling = Telling(context, "espeak-1@host", ["espeak", "tone", "nothing"])
    deadline = time.monotonic() + 60
    while not (offers := context.store.catalog.offers()):
        assert time.monotonic() < deadline
        telling(repeat=False)
        time.sleep(0.02)
    [row] = offers  # none of the engine for tests, none of one that is not here
    assert row.engine == "espeak"
    assert "espeak:en-us" in {offer.voice.name for offer in read(row.voices)}
    grow_old(context.store.catalog, ALIVE_SECONDS + 5)
    telling(repeat=False)
    assert [one.alive for one in context.store.catalog.offers()] == [False]
    telling()
    assert [one.alive for one in context.store.catalog.offers()] == [True]


# -- planning --------------------------------------------------------------------------------------------


def test_a_voice_of_a_worker_is_found_for_shared_productions_only(context: Context) -> None:
    context.store.catalog.tell_offer("ghost", told(a_voice("ghost:anna")), "ghost-1@gpu7", "1.0")
    for wanted in ("ghost:anna", "anna", "ghost", "auto"):
        offer = find_voice(context, wanted, "en", shared=True)
        assert (offer.voice.name, offer.limits_in("en").characters) == ("ghost:anna", 90)
    with pytest.raises(VoiceNotFound, match=r"workers \(gpu7\).*voxpress submit.*engines install ghost"):
        find_voice(context, "ghost:anna", "en", shared=False)
    assert find_voice(context, "auto", "en", shared=False).voice.engine == "espeak"
    with pytest.raises(VoiceNotFound, match="ghost:anna"):  # a near miss is told
        find_voice(context, "ghost:ana", "en", shared=True)


def test_nobody_waits_for_a_worker_that_is_away_unless_it_was_named(context: Context) -> None:
    context.store.catalog.tell_offer("ghost", told(a_voice("ghost:anna")), "ghost-1@gpu7", "1.0")
    grow_old(context.store.catalog, ALIVE_SECONDS + 5)
    assert find_voice(context, "auto", "en", shared=True).voice.engine == "espeak"
    assert find_voice(context, "auto", "en", shared=True, away=True).voice.engine == "ghost"
    assert find_voice(context, "ghost:anna", "en", shared=True).voice.name == "ghost:anna"


def test_what_speaks_here_goes_first(context: Context) -> None:
    ours = find_voice(context, "espeak:en-us", "en", shared=True).voice
    strange = replace(ours, revision="another")
    context.store.catalog.tell_offer("espeak", told(strange, a_voice("espeak:new")), "e@gpu7", "1.0")
    assert find_voice(context, "espeak:en-us", "en", shared=True).voice == ours
    assert find_voice(context, "espeak:new", "en", shared=True).voice.id == "new"


def test_an_engine_that_nobody_has_is_told_as_here(context: Context) -> None:
    with pytest.raises(VoiceNotFound, match="ghost:anna"):
        check_choices(context, settings("ghost:anna"), shared=True)


def test_damaged_offers_take_nobody_away(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    context.store.catalog.tell_offer("bad", '[{"voice": 7}]', "b@one", "9.0")
    context.store.catalog.tell_offer(
        "liar", told(a_voice("ghost:x")), "l@one", "1.0"
    )  # another engine's voice
    context.store.catalog.tell_offer("ghost", told(a_voice("ghost:anna")), "g@one", "1.0")
    assert find_voice(context, "anna", "en", shared=True).voice.name == "ghost:anna"
    with pytest.raises(VoiceNotFound):
        find_voice(context, "ghost:x", "en", shared=True)
    assert "an offer of voices is left out" in caplog.text


def test_a_book_is_planned_where_the_engine_is_not(context: Context) -> None:
    catalog = context.store.catalog
    catalog.tell_offer("ghost", told(a_voice("ghost:anna")), "ghost-1@gpu7", "1.0")
    check_choices(context, settings("ghost:anna"), shared=True)
    book = write_epub(context.settings.home.parent / "book.epub", TEXT)
    one = submit(context, str(book), book.parent / "out", settings("ghost:anna"), shared=True).production
    catalog.start_next(1)
    assert "voxpress worker" in unserved(context, catalog.get(one.id))
    reading.ingest(context, catalog.get(one.id))
    reading.script(context, catalog.get(one.id))
    production = catalog.get(one.id)
    assert {row.voice for row in chunks(context, production)} == {"ghost:anna"}
    assert {row.engine for row in chunks(context, production)} == {"ghost"}
    # From here on the worker may be upgraded, or forgotten: the production knows its voice.
    catalog.tell_offer("ghost", told(), "ghost-1@gpu7", "1.0")
    with pytest.raises(VoiceNotFound):
        find_voice(context, "ghost:anna", "en", shared=True)
    assert voice_of(context, production) == a_voice("ghost:anna")
    assert limits_of(context, production).batch_seconds == 7.0
    with pytest.raises((EngineUnavailable, VoiceNotFound)):  # this one has no such engine
        speak_batch(context, production, 0, 0, 10)


# -- speaking --------------------------------------------------------------------------------------------


def test_no_take_is_kept_under_the_key_of_another_revision(context: Context) -> None:
    production = planned(context, TEXT)
    [offer] = planned_offers(production).values()
    older = replace(offer, voice=replace(offer.voice, revision="tone 0"))
    context.store.catalog.update(production.id, planned=planned_with([older]))
    production = context.store.catalog.get(production.id)
    with pytest.raises(
        VoiceChanged, match=rf"tone:a is at revision .* planned with tone 0: .*retry {production.id}"
    ):
        speak_batch(context, production, 0, 0, 10)
    assert {row.state for row in chunks(context, production)} == {"planned"}
    assert not any(context.store.recall(row.take_key) for row in chunks(context, production))
    # What is planned again is planned with what there is.
    reading.script(context, production)
    speak_batch(context, context.store.catalog.get(production.id), 0, 0, 10)
    assert {row.state for row in chunks(context, production)} == {"done"}


def test_a_plan_of_an_older_version_is_spoken_as_it_was(context: Context) -> None:
    production = planned(context, TEXT)
    context.store.catalog.update(production.id, planned="")
    speak_batch(context, context.store.catalog.get(production.id), 0, 0, 10)
    assert {row.state for row in chunks(context, production)} == {"done"}


def settings(voice: str) -> ProductionSettings:
    return ProductionSettings(voice=VoiceSettings(voice=voice))
