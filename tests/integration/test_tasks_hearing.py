"""A batch of takes is listened to: right ones are done, wrong ones are spoken again, nothing is heard twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.check.policy import Step
from pipeline.errors import RecogniserUnavailable
from pipeline.hear.tone import FAIL, LOG, VOCABULARY
from pipeline.model import Doubt, PreparedTake
from pipeline.serial import dump, load
from pipeline.settings import CheckSettings
from pipeline.speech.tone import LOG as SPOKEN
from pipeline.speech.tone_orders import ORDERS
from storage.gc import plan_gc
from storage.rows import ChunkRow, Production, ProductionState
from storage.settings import load_settings
from tasks import ears, submission
from tasks.checked import checked
from tasks.context import Context, open_context
from tasks.hearing import hear_batch
from tasks.retakes import key_at
from tasks.serving import unserved
from tasks.speaking import speak_batch
from tests.ears import Speller, book, first_word
from tests.producing import TONE, a_context, chunks, planned

ASR = replace(TONE, check=CheckSettings(by="asr"))


class Place:
    """A production with ears, and what tells the engine and the ears what to do."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, patch
        self.speller = Speller()
        self.text = book(self.speller)
        self.second = first_word(self.text, 0, 1)
        for name, file in (
            (VOCABULARY, "words"),
            (LOG, "ears.log"),
            (SPOKEN, "tone.log"),
            (ORDERS, "orders"),
        ):
            (folder / file).touch()
            patch.setenv(name, str(folder / file))
        (folder / "words").write_text(self.speller.vocabulary)
        self.context = open_context(load_settings({"home": folder / "home", "recogniser": "tone"}).settings)
        self.production = planned(self.context, self.text, ASR)

    def order(self, *orders: str) -> None:
        (self.folder / "orders").write_text("\n".join(orders) + "\n")

    def round(self) -> list[ChunkRow]:
        """Speak and listen once; the chunks that are refused."""
        speak_batch(self.context, self.production, 0, 0, 100)
        return hear_batch(self.context, self.production, 0, 0, 100)

    def rounds(self) -> int:
        """Speak and listen until nothing is refused; how often that was."""
        count = 1
        while self.round():
            count += 1
            assert count < 10
        return count

    def take(self, index: int) -> PreparedTake:
        row = chunks(self.context, self.production)[index]
        artifact = self.context.store.recall(row.take_key)
        assert artifact is not None
        return load(PreparedTake, artifact.detail)

    def spoken(self) -> int:
        return len((self.folder / "tone.log").read_text().splitlines())

    def heard(self) -> int:
        return len((self.folder / "ears.log").read_text().splitlines())

    def states(self) -> list[str]:
        return [str(row.state) for row in chunks(self.context, self.production)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def test_takes_wait_until_they_were_listened_to(place: Place) -> None:
    speak_batch(place.context, place.production, 0, 0, 100)
    assert place.states() == ["spoken"] * 4

    assert hear_batch(place.context, place.production, 0, 0, 100) == []

    assert place.states() == ["done"] * 4
    assert place.heard() == 4
    assert not place.take(1).doubts


def test_nothing_is_listened_to_twice(place: Place) -> None:
    place.rounds()
    place.context.store.catalog.commit_plan(place.production.id, [], "normal")

    again = planned(place.context, place.text, ASR)
    assert {str(row.state) for row in chunks(place.context, again)} == {"spoken"}
    assert hear_batch(place.context, again, 0, 0, 100) == []

    assert (place.spoken(), place.heard()) == (4, 4)


@pytest.mark.parametrize(
    ("order", "fault"),
    [
        ("unsaid", "words-missing"),
        ("said-twice", "words-repeated"),
        ("said-besides", "words-added"),
        ("misread", "words-different"),
    ],
)
def test_a_wrong_take_is_spoken_again_with_another_seed(place: Place, order: str, fault: str) -> None:
    place.order(f"{order}-at-first {place.second}")

    refused = place.round()

    assert [row.index for row in refused] == [2]
    row = chunks(place.context, place.production)[2]
    assert (str(row.state), row.step, row.attempts) == ("planned", "new-seed", 0)
    assert place.round() == []
    assert place.states() == ["done"] * 4
    assert not place.take(2).doubts
    assert [doubt.fault for doubt in place.take(2).mended] == [fault]
    assert place.spoken() == 5


def test_the_best_of_all_renditions_is_kept_with_its_doubts(place: Place) -> None:
    place.order(f"unsaid {place.second}")

    assert place.rounds() == 4  # as planned, another seed, by sentences, espeak

    take = place.take(2)
    assert [(doubt.fault, doubt.words) for doubt in take.doubts] == [
        ("words-missing", (2, 5))
    ]  # half of the first sentence, said alone
    assert take.voice == ""  # not espeak, whom these ears do not understand
    assert {doubt.fault for doubt in take.mended} >= {"words-missing"}
    assert place.states() == ["done"] * 4
    made = [
        key_at(chunks(place.context, place.production)[2].take_key, step)
        for step in (Step.NEW_SEED, Step.SENTENCES)
    ]
    assert all(place.context.store.recall(key) for key in made)
    assert not {item.key for item in plan_gc(place.context.store, keep_days=0, alone=True)} & set(made)


def test_a_stricter_policy_speaks_and_hears_nothing_again(place: Place) -> None:
    place.rounds()
    strict = replace(TONE, check=CheckSettings(by="asr", policy="strict"))

    again = planned(place.context, place.text, strict)

    assert again.id == place.production.id
    assert again.ears == "strict"
    assert place.states() == ["spoken"] * 4
    place.production = again
    assert place.rounds() == 1
    assert (place.spoken(), place.heard()) == (4, 4)


def test_without_ears_takes_are_done_as_they_are_spoken(place: Place) -> None:
    signal = planned(place.context, place.text, replace(TONE, check=CheckSettings(by="signal")))

    speak_batch(place.context, signal, 0, 0, 100)

    assert {str(row.state) for row in chunks(place.context, signal)} == {"done"}
    assert place.heard() == 0


def test_where_checks_are_off_nothing_is_spoken_again_for_its_doubts(place: Place) -> None:
    place.order(f"garbage-noise {place.second}")
    place.production = planned(place.context, place.text, replace(TONE, check=CheckSettings(by="off")))

    speak_batch(place.context, place.production, 0, 0, 100)

    assert place.states() == ["done"] * 4
    assert place.spoken() == 4
    assert place.take(2).doubts


def test_a_rendition_that_was_kept_but_not_booked_is_adopted(place: Place) -> None:
    """Its process was killed between the two."""
    place.order(f"unsaid-at-first {place.second}")
    (row,) = place.round()
    before = place.context.store.catalog.chunks(place.production.id, 0)[2]
    speak_batch(place.context, place.production, 0, 0, 100)
    place.context.store.catalog.speak_again(place.production.id, row.take_key, before.step)

    assert place.rounds() == 1

    assert place.spoken() == 5
    assert not place.take(2).doubts


def test_a_take_that_nobody_can_listen_to_is_kept_and_told(place: Place) -> None:
    place.patch.setenv(FAIL, first_word(place.text, 0, 0))

    place.rounds()

    assert [doubt.fault for doubt in place.take(1).doubts] == ["not-heard"]
    assert not place.take(2).doubts


def test_a_language_that_the_recogniser_does_not_know_is_left_alone(place: Place) -> None:
    latin = replace(ASR, reading=replace(ASR.reading, language="la"))
    with pytest.raises(RecogniserUnavailable, match="does not know the language"):
        submission.check_choices(place.context, latin)
    automatic = replace(latin, check=CheckSettings())

    production = planned(place.context, place.text, automatic, "latin")

    assert production.ears == ""


def test_a_retry_speaks_every_rendition_anew(place: Place) -> None:
    place.order(f"unsaid {place.second}")
    place.rounds()
    assert place.take(2).doubts
    place.order()
    before = place.spoken()

    submission.retry(place.context, place.production, doubts=True)
    place.rounds()

    assert not place.take(2).doubts
    assert place.spoken() == before + 1


def test_nobody_who_listens_is_told(place: Place) -> None:
    catalog = place.context.store.catalog
    speak_batch(place.context, place.production, 0, 0, 100)
    catalog.update(place.production.id, shared=True)
    catalog.set_state(place.production.id, ProductionState.SPEAKING)

    said = unserved(place.context, catalog.get(place.production.id))

    assert "asr" in said


def test_ears_are_not_on_their_own_where_nothing_can_listen(tmp_path: Path) -> None:
    context = a_context(tmp_path)
    production = planned(context, {"One": ["Two words."]})

    assert production.ears == ""
    with pytest.raises(RecogniserUnavailable, match="models pull"):
        submission.check_choices(context, ASR)
    submission.check_choices(context, ASR, shared=True)


def test_a_large_model_listens_only_when_it_is_asked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ears_of(context: Context, production: Production, by: str) -> str:
        settings = replace(production.settings, check=CheckSettings(by=by))
        return ears.ears_of(context, replace(production, settings=settings))

    assert ears_of(place.context, place.production, "auto") == "normal"
    monkeypatch.setattr("pipeline.hear.tone.ToneRecogniser.size", ears.SMALL_BYTES + 1)
    assert ears_of(place.context, place.production, "auto") == ""
    assert ears_of(place.context, place.production, "asr") == "normal"
    assert ears_of(place.context, place.production, "signal") == ""


def test_what_the_samples_alone_say_stays_beside_what_was_heard(place: Place) -> None:
    speak_batch(place.context, place.production, 0, 0, 100)
    row = chunks(place.context, place.production)[1]
    kept = place.context.store.recall(row.take_key)
    assert kept is not None
    odd = replace(
        load(PreparedTake, kept.detail), doubts=(Doubt("offset", "It is odd."), Doubt("words-added", "Old."))
    )
    place.context.store.put_in_place(replace(kept, detail=dump(odd).decode()))

    hear_batch(place.context, place.production, 0, 0, 100)

    assert [doubt.fault for doubt in place.take(1).doubts] == ["offset"]


def test_who_listened_to_what_is_known(place: Place) -> None:
    place.rounds()
    production = place.context.store.catalog.get(place.production.id)
    chapters = place.context.store.catalog.chapters(production.id)

    seen = checked(place.context, production, chapters)

    (who,) = seen.heard
    assert who == place.take(0).heard_by != ""
    assert seen.heard[who].takes == 4
    assert seen.heard[who].words == chapters[0].words
    assert not seen.unheard
    assert seen.said == "Every take was checked as a signal and listened to."


@pytest.mark.parametrize(("by", "doubts"), [("asr", 1), ("auto", 0)])
def test_takes_in_a_language_that_nobody_knows_are_told(place: Place, by: str, doubts: int) -> None:
    asked = replace(ASR, check=CheckSettings(by=by))
    production = planned(place.context, place.text, asked, by)
    place.patch.setattr("pipeline.hear.tone.ToneRecogniser.hears", lambda self, language: False)
    speak_batch(place.context, production, 0, 0, 100)
    assert hear_batch(place.context, production, 0, 0, 100) == []

    chapters = place.context.store.catalog.chapters(production.id)
    seen = checked(place.context, production, chapters)

    (unheard,) = seen.unheard
    assert (unheard.some.takes, unheard.some.words, unheard.language) == (4, chapters[0].words, "en")
    assert "4 passages in “en”" in seen.said
    assert "does not know the language" in seen.said
    assert [doubt.fault for doubt in seen.doubts()] == ["not-heard"] * doubts


def test_that_there_is_no_model_is_told(tmp_path: Path) -> None:
    context = a_context(tmp_path)
    production = planned(context, {"One": ["Two words."]})

    seen = checked(context, production, context.store.catalog.chapters(production.id))

    assert seen.said.startswith("Every take was checked as a signal. No passage was listened to: ")
    assert "models pull" in seen.said
    assert not list(seen.doubts())
    asked = replace(production, settings=replace(TONE, check=CheckSettings(by="signal")))
    assert checked(context, asked, []).said == "Every take was checked as a signal."
