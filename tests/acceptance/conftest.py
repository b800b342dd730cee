"""What acceptance tests start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.books import write_epub
from tests.faults import STORY
from tests.running import Voxpress


@pytest.fixture
def voxpress(tmp_path: Path) -> Iterator[Voxpress]:
    """The command, with a state folder of its own; nothing of it may be left running."""
    command = Voxpress(tmp_path)
    yield command
    command.wait_until_gone()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Voxpress:
    """``STORY``, made with the tone engine and with nothing in the way: what every other way has to equal."""
    command = Voxpress(tmp_path_factory.mktemp("undisturbed"))
    command.make(write_epub(command.folder / "book.epub", STORY))
    return command
