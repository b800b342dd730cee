"""The documentation says what the code does: commands, options, settings, limits, errors, links, targets."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
import typer.main

from cli.main import app
from cli.output import Exit
from pipeline import errors, limits
from pipeline.audio.codec import BITRATES
from pipeline.audio.gain import NAMED_TARGETS, TARGET_RANGE
from pipeline.publish.formats import FORMATS
from storage.settings import describe_settings, load_settings
from tasks.app import TASK_SECONDS
from tasks.levels import CALIBRATION_CHARACTERS, TOLERANCE_LU
from tasks.reconcile import QUIET_SECONDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), ROOT / "samples" / "README.md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    (.+)$", re.MULTILINE)
INLINE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")


@cache
def build() -> ModuleType:
    """The generator, ``docs/build.py``."""
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def code_blocks(text: str) -> Iterator[str]:
    """Lines of fenced and indented code, without prompts."""
    for _, block in FENCE.findall(text):
        yield from (line.removeprefix("$ ") for line in block.splitlines())
    yield from INDENTED.findall(FENCE.sub("", text))


def inline_code(text: str) -> list[str]:
    """Code between backticks in running text, also where a line ends inside."""
    return [" ".join(code.split()) for code in INLINE.findall(FENCE.sub("", text))]


# -- commands --------------------------------------------------------------------------------------------


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that ``words`` (without ``voxpress``) name, and what follows its name."""
    command, rest = typer.main.get_command(app), list(words)
    while rest and (below := getattr(command, "commands", None)):
        if rest[0].startswith("-"):
            break
        assert rest[0] in below, f"there is no command {rest[0]!r}; there are: {', '.join(below)}"
        command = below[rest.pop(0)]
    return command, rest


def options_of(command: Any) -> set[str]:
    return {"--help", "-h", *(opt for parameter in command.params for opt in parameter.opts)}


def examples() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in FENCE.findall(read(page)):
            lines = [line.strip().removeprefix("$ ") for line in block[1].splitlines()]
            found += [(named(page), line) for line in lines if line.startswith("voxpress ")]
    return found


@pytest.mark.parametrize(("page", "line"), examples())
def test_every_example_is_a_command_that_is_accepted(page: str, line: str) -> None:
    command, rest = command_of(shlex.split(line, comments=True)[1:])
    assert not hasattr(command, "commands"), f"{page}: {line!r} names no command"
    parsed = command.make_context("voxpress", rest)  # raises for what the command line would refuse
    for assignment in parsed.params.get("assignments") or ():
        load_settings(dict([assignment.split("=", 1)]))


def test_there_are_examples_of_every_command() -> None:
    shown = {" ".join(command_words(line)) for _, line in examples()}
    assert {" ".join(words) for words, _ in build().commands()} <= shown


def command_words(line: str) -> list[str]:
    words = shlex.split(line, comments=True)[1:]
    return words[: len(words) - len(command_of(words)[1])]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_in_running_text_exist(page: Path) -> None:
    for code in inline_code(read(page)):
        if not code.startswith("voxpress "):
            continue
        command, rest = command_of(code.split()[1:])
        for word in rest:
            if word.startswith("-"):
                assert word in options_of(command), f"{code}: no option {word}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_options_in_running_text_exist(page: Path) -> None:
    known = {"--install-completion", "--version"}.union(*(options_of(c) for _, c in build().commands()))
    said = {
        option
        for code in inline_code(read(page))
        for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", code)
    }
    assert said <= known


# -- what is listed --------------------------------------------------------------------------------------


def test_generated_parts_are_as_the_code_is() -> None:
    stale = [named(page) for page in build().stale_pages()]
    assert not stale, f"{', '.join(stale)}: 'make docs' writes them anew"


def test_every_generated_part_is_somewhere() -> None:
    text = "".join(read(page) for page in build().pages())
    assert [name for name in build().PARTS if f"<!-- generated: {name} -->" not in text] == []


def row(page: str, first: str) -> str:
    """The row of a table in ``page`` that begins with the code ``first``."""
    found = [line for line in read(DOCS / page).splitlines() if line.startswith(f"| `{first}` |")]
    assert len(found) == 1, f"docs/{page} has {len(found)} rows for {first}"
    return found[0]


def test_every_setting_is_told_with_its_variable_and_default() -> None:
    for info in describe_settings():
        cells = [cell.strip(" `") for cell in row("settings.md", info.key).split("|")[1:-1]]
        assert cells[:2] == [info.key, info.env]
        assert cells[3] == info.default
        assert len(cells[4]) > 10


def test_the_example_of_a_settings_file_is_one(tmp_path: Path) -> None:
    [example] = [block for kind, block in FENCE.findall(read(DOCS / "settings.md")) if kind == "toml"]
    (tmp_path / "voxpress.toml").write_text(example)
    loaded = load_settings(cwd=tmp_path)
    assert loaded.settings.production.audio.formats == ("m4b", "opus")
    assert loaded.settings.production.audio.loudness == "-19"


def test_every_limit_is_told_with_its_value() -> None:
    names = [name for name in vars(limits) if name.isupper() and name != "MIB"]
    assert len(names) > 20
    for name in names:
        assert f"{getattr(limits, name):,}" in row("limits.md", name) or (
            str(getattr(limits, name)) in row("limits.md", name)
        )


def test_every_exit_code_is_told() -> None:
    for code in Exit:
        assert code.name in row("exit-codes.md", str(code.value))


def test_every_error_is_told_and_what_it_is_a_kind_of() -> None:
    def walk(kind: type[errors.VoxpressError]) -> Iterator[type[errors.VoxpressError]]:
        yield kind
        for below in kind.__subclasses__():
            if below.__module__ == errors.__name__:
                yield from walk(below)

    for kind in walk(errors.VoxpressError):
        assert f"| `{kind.__base__.__name__ if kind.__base__ else ''}` |" in row("errors.md", kind.__name__)


def test_formats_bitrates_and_loudness_are_told() -> None:
    page = "howto/formats-and-loudness.md"
    text = read(DOCS / page)
    for name in FORMATS:
        row(page, name)
    assert f"{BITRATES[0]} to {BITRATES[1]}" in text
    assert f"{TARGET_RANGE[0]:g} to {TARGET_RANGE[1]:g}" in text
    for name, lufs in NAMED_TARGETS.items():
        assert f"`{name}` is {lufs:g}" in text if lufs is not None else f"`{name}`" in text


def test_numbers_in_the_architecture_are_those_of_the_code() -> None:
    text = " ".join(read(DOCS / "architecture.md").split())
    assert f"{CALIBRATION_CHARACTERS} characters" in text
    assert f"more than {TOLERANCE_LU:g} LU" in text
    assert f"for {QUIET_SECONDS:g} s" in text
    assert f"`task_time_limit` {TASK_SECONDS}" in text


# -- names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(read(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{named(page)} links to {target}, which is not there"
        if anchor:
            assert anchor in {
                slug(heading) for heading in re.findall(r"^#+ (.+)$", read(there), re.MULTILINE)
            }


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):(?!=)", read(ROOT / "Makefile"), re.MULTILINE))
    text = read(page)
    for code in [*code_blocks(text), *inline_code(text)]:
        said = re.findall(r"(?:^|[\w~/.] |\$ )(?<!voxpress )make ([a-z][\w-]*)(?=$|\s)", code)
        assert set(said) <= targets, f"{named(page)}: {code}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_of_the_project_that_are_named_exist(page: Path) -> None:
    path = re.compile(r"(?:pipeline|storage|tasks|workers|cli|tests|docs|bench|samples)/[a-z][\w./-]*")
    named_here = [code for code in inline_code(read(page)) if path.fullmatch(code)]
    missing = [
        code
        for code in named_here
        if "NAME" not in code and "samples/build" not in code and not (ROOT / code).exists()
    ]
    assert missing == []


def test_environment_variables_are_those_of_the_code() -> None:
    variable = re.compile(r"VOXPRESS_[A-Z_]*[A-Z]")
    sources = [*(ROOT / "pipeline").rglob("*.py"), ROOT / "tests" / "conftest.py", ROOT / "Makefile"]
    known = {info.env for info in describe_settings()}
    known |= {f"{name}_FILE" for name in known}
    known |= {name for source in sources for name in variable.findall(read(source))}
    known |= set(variable.findall(read(ROOT / "workers" / "drop" / "telling.py")))  # what on_done is given
    said = {name for page in PAGES for name in variable.findall(read(page))}
    assert said <= known
    for_tests_only = set(variable.findall(read(ROOT / "pipeline" / "speech" / "tone.py")))
    ours = {name for source in sources[:-2] for name in variable.findall(read(source))} - for_tests_only
    assert ours <= said


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len(read(ROOT / "README.md").splitlines()) <= 200


@pytest.mark.parametrize("picture", sorted((DOCS / "images").glob("*.svg")), ids=lambda path: path.name)
def test_pictures_are_whole_and_ask_nobody_for_anything(picture: Path) -> None:
    root = ElementTree.fromstring(read(picture))
    assert root.tag.endswith("svg")
    references = [
        value for item in root.iter() for name, value in item.attrib.items() if name.endswith("href")
    ]
    assert all(value.startswith(("#", "data:")) for value in references)
    assert re.findall(r"url\((?!#|\"#)", read(picture)) == []
