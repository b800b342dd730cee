"""A lexicon and the production that it holds for: kept, carried to other hosts, edited, lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import BlobMissing, LexiconError
from pipeline.script.lexicon import Entry
from storage.catalog import production_id
from storage.rows import Production, ProductionState
from tasks import reading
from tasks.context import Context
from tasks.doubts import judged
from tasks.lexicons import lexicon_files, lexicon_for
from tasks.shelf import read_script
from tasks.submission import retry, submit
from tests.books import write_epub
from tests.producing import TONE, a_context, chunks

TEXT = {
    "One": ["Reacher came.", "Nobody saw him."],
    "Two": ["It rained.", "It went on raining."],
}
REACHER = Entry("Reacher", "Reecher")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    write_epub(tmp_path / "book.epub", TEXT)
    return a_context(tmp_path)


def made(context: Context, lexicon: Sequence[Entry], *, shared: bool = False) -> Production:
    """Opened, read and scripted."""
    folder = context.settings.home.parent
    production = submit(
        context, str(folder / "book.epub"), folder / "out", TONE, shared=shared, lexicon=lexicon
    ).production
    reading.ingest(context, context.store.catalog.get(production.id))
    reading.script(context, context.store.catalog.get(production.id))
    return context.store.catalog.get(production.id)


def spoken(context: Context, production: Production) -> list[str]:
    rows = context.store.catalog.chapters(production.id)
    return [chunk.spoken for row in rows for chunk in read_script(context.store, row.script_key).chunks]


def test_editing_an_entry_changes_its_chunk_and_its_chapter_only(context: Context) -> None:
    before = made(context, [])
    plain = spoken(context, before)
    takes = [row.take_key for row in chunks(context, before)]
    scripts = [row.script_key for row in context.store.catalog.chapters(before.id)]
    after = made(context, [REACHER, Entry("Nowhere", "x")])
    assert after.id == before.id
    assert [a for a, b in zip(plain, spoken(context, after), strict=True) if a != b] == ["Reacher came."]
    assert [a == b.take_key for a, b in zip(takes, chunks(context, after), strict=True)] == [
        True,
        False,
        True,
    ]
    changed = [
        a == b.script_key for a, b in zip(scripts, context.store.catalog.chapters(after.id), strict=True)
    ]
    assert changed == [False, True]
    assert [row.script_key for row in context.store.catalog.chapters(made(context, []).id)] == scripts


def test_a_retry_has_the_lexicon_that_the_production_has(context: Context) -> None:
    production = made(context, [REACHER])
    context.store.catalog.set_state(production.id, ProductionState.FAILED)
    again = retry(context, production)
    reading.script(context, again)
    assert "Reecher came." in spoken(context, again)


def test_another_host_needs_no_file(context: Context, tmp_path: Path) -> None:
    own = tmp_path / "book.lexicon.toml"
    own.write_text('[words]\nReacher = "Reecher"\n')
    entries = lexicon_for(context.settings, str(tmp_path / "book.epub"))
    folder = tmp_path
    production = submit(
        context, str(folder / "book.epub"), folder / "out", TONE, shared=True, lexicon=entries
    ).production
    own.unlink()
    (tmp_path / "book.epub").unlink()
    reading.ingest(context, production)
    reading.script(context, context.store.catalog.get(production.id))
    assert "Reecher came." in spoken(context, production)
    assert production.settings.lexicon in context.store.catalog.needs(production.id)
    assert str(tmp_path) not in str(production.settings)


def test_who_is_at_work_keeps_the_lexicon_that_it_has(context: Context, tmp_path: Path) -> None:
    first = submit(
        context, str(tmp_path / "book.epub"), tmp_path / "out", TONE, shared=True, lexicon=[REACHER]
    )
    second = submit(context, str(tmp_path / "book.epub"), tmp_path / "out", TONE, shared=True, lexicon=[])
    assert second.busy
    assert context.store.catalog.get(first.production.id).settings == first.production.settings
    assert first.production.settings.lexicon


def test_a_lexicon_that_is_gone_is_told(context: Context) -> None:
    production = made(context, [REACHER])
    context.store.forget(production.settings.lexicon)
    with pytest.raises(
        BlobMissing, match=r"lexicon of .*book.epub is gone from the store: run the command again"
    ):
        reading.script(context, production)


def test_a_production_has_one_name_whatever_its_lexicon() -> None:
    kept = replace(TONE, lexicon="a" * 64)
    assert production_id("/a.epub", "/out", kept) == production_id("/a.epub", "/out", TONE)


def test_ipa_that_a_voice_cannot_be_told_ends_in_the_report(context: Context) -> None:
    production = made(context, [Entry("Reacher", ipa="ˈɹiːtʃə")])
    (doubt,) = judged(context.store, production.id, context.store.catalog.chapters(production.id)).doubts
    assert doubt.sentence.startswith("Chapter \"One\": The lexicon gives only IPA for 'Reacher' (once)")


def test_which_files_hold(context: Context, tmp_path: Path) -> None:
    book = tmp_path / "series" / "Book 1.epub"
    book.parent.mkdir()
    files = [
        context.settings.home / "lexicon.toml",
        tmp_path / "named.toml",
        book.parent / "lexicon.toml",
        book.parent / "Book 1.lexicon.toml",
        book.parent / "Book 1.epub.lexicon.pls",
        tmp_path / "extra.toml",
    ]
    for number, path in enumerate(files):
        text = f'[words]\nword{number} = "x"\nsame = "{number}"\n'
        pls = "<lexicon alphabet='ipa'><lexeme><grapheme>p</grapheme><alias>q</alias></lexeme></lexicon>"
        path.write_text(pls if path.suffix == ".pls" else text)
    settings = replace(context.settings, lexicon=(str(files[1]),))
    assert lexicon_files(settings, str(book), [files[5]]) == files
    assert lexicon_files(settings, "https://example.org/a") == files[:2]
    assert lexicon_files(settings, str(book), [files[0]]) == [*files[1:5], files[0]]
    assert lexicon_for(settings, str(book), [files[5]])[-1].say == "5"
    with pytest.raises(LexiconError, match=r"missing\.toml cannot be read"):
        lexicon_for(settings, str(book), [tmp_path / "missing.toml"])
