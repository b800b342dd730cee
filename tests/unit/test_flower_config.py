"""``flower/flowerconfig.py``, and that its folder hides nothing."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import flower.options
import pytest
from flower.views.tasks import TASK_COLUMNS

from workers.flower import is_installed

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "flower" / "flowerconfig.py"))


def a_task(kwargs: object, result: object = None) -> SimpleNamespace:
    return SimpleNamespace(name="voxpress.speak", args="()", kwargs=kwargs, result=result)


@pytest.mark.parametrize(
    ("shown", "book", "part"),
    [
        (
            {"book": "The Lighthouse", "chapter": 3, "seconds": 300, "production": "c26e0a12d5f7"},
            "The Lighthouse",
            "chapter 3, about 300 s of audio, job c26e0a12",
        ),
        ({"book": "X", "chapter": 12, "production": "c26e0a12d5f7"}, "X", "chapter 12, job c26e0a12"),
        ({"book": 'It\'s "here"'}, 'It\'s "here"', ""),
    ],
)
def test_a_task_reads_as_people_say_it(
    config: dict[str, Any], shown: dict[str, object], book: str, part: str
) -> None:
    task = config["format_task"](a_task(repr(shown), "'spoken'"))
    assert (task.name, task.args, task.kwargs, task.result) == ("speak", book, part, "spoken")


@pytest.mark.parametrize("kwargs", [None, "", "{'book': 'cut off he...", "{'other': 1}", "[" * 5000, 7])
def test_what_is_not_ours_is_shown_as_it_is(config: dict[str, Any], kwargs: object) -> None:
    task = config["format_task"](a_task(kwargs))
    assert (task.args, task.kwargs, task.result) == ("()", kwargs, None)


def test_every_option_is_one_of_flower(config: dict[str, Any]) -> None:
    """It would ignore any other, also a misspelt ``read_only``."""
    ours = {name: value for name, value in config.items() if not name.startswith("_")}
    said = {n for n, v in ours.items() if isinstance(v, (bool, int, float, str, list, FunctionType))}
    known = flower.options.options.as_dict()
    assert {"read_only", "format_task", "max_tasks", "persistent", "tasks_columns"} <= said <= known.keys()
    assert set(config["tasks_columns"].split(",")) <= TASK_COLUMNS.keys()
    assert config["read_only"] is True


def test_the_folder_does_not_hide_the_package() -> None:
    assert (ROOT / "flower").is_dir()
    assert not (ROOT / "flower" / "__init__.py").exists()
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import flower.app; print(flower.app.__file__)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ROOT / "flower" not in Path(said.stdout.strip()).parents


def test_the_folder_is_not_taken_for_the_package() -> None:
    assert is_installed()
    assert not is_installed([str(ROOT)])
