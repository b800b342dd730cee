"""``voxpress lexicon``, ``inspect --names`` and ``--lexicon``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from pipeline.script.lexicon.files import read_lexicon
from tests.books import write_epub

PLS = """<lexicon version="1.0" alphabet="ipa">
<lexeme><grapheme>Reacher</grapheme><alias>Reecher</alias></lexeme>
<lexeme><grapheme>Hermione</grapheme><phoneme>hɜːˈmaɪəni</phoneme></lexeme></lexicon>"""
TEXT = {"One": ["Then Reacher came, and Hermione saw him.", "She saw Reacher."], "Two": ["Nobody saw Zed."]}


def run(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_epub(tmp_path / "book.epub", TEXT)


def test_names_with_what_the_lexicon_beside_the_book_says(book: Path) -> None:
    (book.parent / "book.lexicon.pls").write_text(PLS)
    code, out, _ = run("inspect", book, "--names", "--json")
    assert code == 0
    data = json.loads(out)
    assert [(one["text"], one["count"], one["chapter"]) for one in data["names"]] == [
        ("Reacher", 2, 0),
        ("Hermione", 1, 0),
        ("Zed", 1, 1),
    ]
    assert [one["lexicon"] for one in data["names"]] == [
        {"say": "Reecher", "ipa": ""},
        {"say": "", "ipa": "hɜːˈmaɪəni"},
        None,
    ]
    shown = run("inspect", book, "--names")[1]
    assert "Reecher" in shown
    assert "/hɜːˈmaɪəni/" in shown


def test_a_language_without_capitals_is_told(tmp_path: Path) -> None:
    book = write_epub(tmp_path / "zh.epub", {"一": ["他看见了王明。"]}, language="zh")
    data = json.loads(run("inspect", book, "--names", "--json")[1])
    assert data["names"] == []
    assert "no capitals" in data["notes"][0]


@pytest.mark.parametrize("command", ["make", "inspect"])
def test_a_lexicon_that_cannot_be_used_is_told_before_anything_is_begun(book: Path, command: str) -> None:
    bad = book.parent / "bad.toml"
    bad.write_text("[words]\nReacher = 3\n")
    code, out, err = run(command, book, "--lexicon", bad)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "bad.toml, line 2: 'say' must be a text" in " ".join(err.split())


def test_check_and_import(tmp_path: Path) -> None:
    pls, toml = tmp_path / "a.pls", tmp_path / "lexicon.toml"
    pls.write_text(PLS)
    toml.write_text('# mine\n[words]\nGif = "jif"\n')
    assert run("lexicon", "check", pls)[1] == f"{pls}: 2 entries, 1 with IPA.\n"
    assert json.loads(run("lexicon", "check", pls, toml, "--json")[1])["lexicons"][1]["entries"] == 1
    assert run("lexicon", "import", pls, "-o", toml)[0] == 0
    assert [entry.word for entry in read_lexicon(toml)] == ["Gif", "Reacher", "Hermione"]
    assert toml.read_text().startswith("# mine\n")
    assert "0 of 2 entries were added" in " ".join(
        "".join(run("lexicon", "import", pls, "-o", toml)[1:]).split()
    )
    assert run("lexicon", "check", tmp_path / "missing.toml")[0] == 2
