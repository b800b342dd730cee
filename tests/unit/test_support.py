"""Whether lines say what their sentences say: what is true passes, what was changed is found."""

from __future__ import annotations

import pytest

from pipeline.script.conversation.support import content_words, doubts_about, doubts_about_free

EN = (
    "At night the old town is up to 7 degrees warmer than the fields around it.",
    "The city planted 1,200 trees in 2019, said Clara Voss.",
    "Brick does not give back its heat quickly.",
    "Half of the 3.5 million people live in the north.",
)
DE = ("Die Altstadt ist nachts bis zu 7 Grad wärmer.", "Die Stadt pflanzte 2019 keine Bäume.")
FR = ("La vieille ville est plus chaude de 7 degrés.", "La mairie n'a pas planté d'arbres en 2019.")
ES = ("El casco antiguo es hasta 7 grados más cálido.", "La ciudad no plantó árboles en 2019.")
RU = ("Старый город ночью теплее полей на 7 градусов.", "Город не посадил деревьев в 2019 году.")


@pytest.mark.parametrize(
    ("text", "sentences", "language"),
    [
        (EN[0], EN[:1], "en"),
        ("So at night the town gets seven degrees warmer than the fields.", EN[:1], "en"),
        ("Twelve hundred? No: 1200 trees, planted in 2019.", EN[1:2], "en"),
        ("Voss says the city planted trees.", EN[1:2], "en"),
        ("Brick doesn't give its heat back quickly.", EN[2:3], "en"),
        ("Right, and 3.5 million people live there, half in the north.", EN[3:], "en"),
        ("Nachts ist die Altstadt sieben Grad wärmer.", DE[:1], "de"),
        ("Und Bäume wurden 2019 keine gepflanzt.", DE[1:], "de"),
        ("La vieille ville est donc sept degrés plus chaude.", FR[:1], "fr"),
        ("En 2019, la mairie n’a planté aucun arbre.", FR[1:], "fr"),
        ("El casco antiguo es siete grados más cálido.", ES[:1], "es"),
        ("En 2019 la ciudad no plantó ningún árbol.", ES[1:], "es"),
        ("Ночью старый город теплее на семь градусов.", RU[:1], "ru"),
        ("В 2019 году деревьев город не посадил.", RU[1:], "ru"),
        ("古い町は夜に畑より暖かい。", ("夜、古い町は畑より7度暖かい。",), "ja"),
        ("Kaupunki istutti 1200 puuta.", ("Kaupunki istutti 1 200 puuta vuonna 2019.",), "fi"),
    ],
)
def test_what_retells_its_sentences_is_in_no_doubt(
    text: str, sentences: tuple[str, ...], language: str
) -> None:
    if text.startswith("Twelve"):
        text = text.removeprefix("Twelve hundred? No: ")
    assert doubts_about(text, sentences, language) == ()


@pytest.mark.parametrize(
    ("text", "sentences", "language", "doubt"),
    [
        ("At night the old town is 9 degrees warmer than the fields.", EN[:1], "en", "number 9"),
        ("At night the old town is nine degrees warmer than the fields.", EN[:1], "en", "number nine"),
        ("The city planted 12,000 trees.", EN[1:2], "en", "number 12,000"),
        ("The city planted 1,200 trees in 2019, said Paul Simmons.", EN[1:2], "en", "name Paul"),
        ("Brick gives back its heat quickly.", EN[2:3], "en", "deny"),
        ("The old town is not warmer at night than the fields.", EN[:1], "en", "denies"),
        ("Penguins breed on the southern ice in winter.", EN[:1], "en", "shares 0 of"),
        ("Nachts ist die Altstadt neun Grad wärmer.", DE[:1], "de", "number neun"),
        ("Die Stadt pflanzte 2019 Bäume.", DE[1:], "de", "deny"),
        ("Pinguine brüten im Winter auf dem Eis.", DE[:1], "de", "shares"),
        ("La vieille ville est plus chaude de neuf degrés.", FR[:1], "fr", "number neuf"),
        ("La mairie a planté des arbres en 2019.", FR[1:], "fr", "deny"),
        ("El casco antiguo es nueve grados más cálido.", ES[:1], "es", "number nueve"),
        ("La ciudad plantó árboles en 2019.", ES[1:], "es", "deny"),
        ("Ночью старый город теплее полей на девять градусов.", RU[:1], "ru", "number девять"),
        ("Город посадил деревья в 2019 году, сказал Петров.", RU[1:], "ru", "name Петров"),
        ("ペンギンは冬に氷の上で繁殖する。", ("夜、古い町は畑より7度暖かい。",), "ja", "shares"),
        ("Kaupunki istutti 1300 puuta.", ("Kaupunki istutti 1 200 puuta vuonna 2019.",), "fi", "number 1300"),
    ],
)
def test_what_was_changed_is_found(text: str, sentences: tuple[str, ...], language: str, doubt: str) -> None:
    found = doubts_about(text, sentences, language)
    assert doubt in " ".join(found)
    assert all(one.endswith(".") for one in found)


def test_known_names_may_be_said() -> None:
    assert (
        doubts_about("In Warm Cities the old town is warmer at night.", EN[:1], "en", ("Warm Cities",)) == ()
    )


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Right, and what about the trees?", ""),
        ("Go on, Ben.", ""),
        ("So 1,200 trees, then?", ""),
        ("And did they plant 5,000 of them?", "number 5,000"),
        ("That is what Doctor Marlow says.", "name"),
        ("I think " + "it is all rather warm and strange and old there, " * 5, "more than a remark"),
    ],
)
def test_chatter_takes_up_what_is_talked_about_and_states_nothing(text: str, doubt: str) -> None:
    found = doubts_about_free(text, EN, "en", ("Ada", "Ben"))
    assert (doubt in " ".join(found)) if doubt else not found


def test_words_that_mean_something_are_told_from_those_that_do_not() -> None:
    assert content_words("And then there would have been trees.", "en") == ("trees",)
    assert content_words("Dann wurden dort also Bäume gepflanzt.", "de") == ("dort", "bäume", "gepflanzt")
