"""What acceptance tests start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Voxpress


@pytest.fixture
def voxpress(tmp_path: Path) -> Iterator[Voxpress]:
    """The command, with a state folder of its own; nothing of it may be left running."""
    command = Voxpress(tmp_path)
    yield command
    command.wait_until_gone()
