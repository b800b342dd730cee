"""Finding what was read in the text of a page."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.publish.readalong.letters import squeezed
from pipeline.publish.readalong.locate import Wanted, follow, locate
from pipeline.publish.readalong.markup import read_page

WORDS = st.text("abcdefghij", min_size=1, max_size=8)
PLAIN = st.permutations("amber birch cedar delta ember fjord grove haven inlet jetty knoll lagoon".split())
PARAGRAPHS = st.lists(st.lists(WORDS, min_size=1, max_size=12).map("".join), min_size=1, max_size=8)
SKIPPED = st.text("0123456789", max_size=12)


def text_at(page: str, places: object) -> str:
    return "".join(page[place] for place in places if place >= 0)  # type: ignore[attr-defined]


def test_paragraphs_that_repeat_themselves_do_not_reach_into_each_other() -> None:
    paragraphs = ["a" * 25, "a" * 24]
    found = locate("a" * 25 + "0" + "a" * 24, [Wanted(paragraph) for paragraph in paragraphs])
    assert [list(places or ()) for places in found] == [list(range(25)), list(range(26, 50))]


@given(PARAGRAPHS, st.data())
def test_paragraphs_between_things_that_are_not_read_are_all_found(
    paragraphs: list[str], data: st.DataObject
) -> None:
    page = data.draw(SKIPPED) + "".join(paragraph + data.draw(SKIPPED) for paragraph in paragraphs)
    found = locate(page, [Wanted(paragraph) for paragraph in paragraphs])
    last = -1
    for paragraph, places in zip(paragraphs, found, strict=True):
        assert places is not None
        assert text_at(page, places) == paragraph
        assert list(places) == sorted(set(places))
        assert places[0] > last
        last = places[-1]


@given(PLAIN, st.data())
def test_marks_inside_a_paragraph_are_left_out(words: list[str], data: st.DataObject) -> None:
    marks = [data.draw(st.sampled_from(("", "", "1", "23", "[4]"))) for _ in words]
    page = "".join(word + mark for word, mark in zip(words, marks, strict=True))
    read = "".join(words)
    places = follow(read, page, 0, len(page))
    known = [place for place in places if place >= 0]
    assert known == sorted(set(known))
    assert all(read[at] == page[place] for at, place in enumerate(places) if place >= 0)
    assert len(known) == len(read)


@given(st.text("ab", max_size=60), st.text("ab1", max_size=80))
@example("ab" * 20, "ab" * 10)
def test_whatever_is_followed_the_places_ascend_and_fit(read: str, page: str) -> None:
    places = follow(read, page, 0, len(page))
    known = [place for place in places if place >= 0]
    assert len(places) == len(read)
    assert known == sorted(set(known))
    assert all(read[at] == page[place] for at, place in enumerate(places) if place >= 0)


def test_a_heading_is_found_above_its_text_and_not_in_the_table_of_contents() -> None:
    story = "ittookplaceinatownbytheseaandnobodyspokeofit"
    page = f"contents1theshore2theriver1theshore{story}2theriver{story[::-1]}"
    found = locate(page, [Wanted("1theshore"), Wanted(story), Wanted("2theriver"), Wanted(story[::-1])])
    starts = [places[0] for places in found if places is not None]
    assert starts == [
        page.rindex("1theshore"),
        page.index(story),
        page.rindex("2theriver"),
        page.index(story[::-1]),
    ]


def test_a_note_is_found_wherever_it_stands() -> None:
    page = "thefirstparagraphofthechapteranditsendthesecondparagraphthatfollowsitthenoteonthefirst"
    wanted = [
        Wanted("thefirstparagraphofthechapteranditsend"),
        Wanted("thenoteonthefirst", aside=True),
        Wanted("thesecondparagraphthatfollowsit"),
    ]
    assert [text_at(page, places) for places in locate(page, wanted)] == [block.letters for block in wanted]


def test_what_is_not_in_the_page_is_not_found() -> None:
    page = "thefirstparagraphofthechapteranditsendthesecondparagraphthatfollowsit"
    first, missing, second = locate(
        page,
        [
            Wanted("thefirstparagraphofthechapteranditsend"),
            Wanted("0123456789 0123456789"),
            Wanted("thesecondparagraphthatfollowsit"),
        ],
    )
    assert missing is None
    assert first is not None
    assert second is not None


def test_words_said_for_a_formula_are_passed_over() -> None:
    read = "thesumisxequalstwoandthatisknowntoeveryoneinthehouse"
    page = "thesumisx=2andthatisknowntoeveryoneinthehouse"
    places = follow(read, page, 0, len(page))
    assert text_at(page, places[read.index("and") :]) == "andthatisknowntoeveryoneinthehouse"


def test_letters_are_compared_however_they_are_written() -> None:
    assert squeezed("Sil\u00adver \ufb01ne\u200b ½") == squeezed("Silver fine 1⁄2")
    page = read_page("<p>Sil&#173;ver &#xfb01;ne <b>&amp;</b> old</p>")
    assert page.text == "Silverfine&old"
    assert page.source[page.starts[6] : page.ends[7]] == "&#xfb01;"
