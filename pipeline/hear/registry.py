"""Which recognisers there are, and which one listens here.

They come in through the entry point group ``voxpress.recognisers``, the built-in ones too. A checkout that is not
installed has no entry points: then the table here stands in for those of ``pyproject.toml``.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from pipeline.errors import RecogniserUnavailable, VoxpressError
from pipeline.hear.recogniser import Recogniser, RecogniserContext

logger = logging.getLogger(__name__)

GROUP = "voxpress.recognisers"
AUTO = "auto"
_BUILT_IN = {
    "whisper": "pipeline.hear.whisper:WhisperRecogniser",
    "vosk": "pipeline.hear.vosk:VoskRecogniser",
    "tone": "pipeline.hear.tone:ToneRecogniser",
}
"""The best one first: ``auto`` takes the first that can run."""


def recogniser_names(hidden: bool = False) -> list[str]:
    """Names of the recognisers that can be imported, the best one first; ``hidden`` adds those for tests."""
    return [name for name, kind in _discover()[0].items() if hidden or not kind.hidden]


@cache
def open_recogniser(name: str, context: RecogniserContext) -> Recogniser:
    """The recogniser of that name, or for ``auto`` the best that can run here; one per process and context.

    Raises ``RecogniserUnavailable``.
    """
    if name not in ("", AUTO):
        return _open(name, context)
    reasons = {}
    for candidate in recogniser_names():
        try:
            return _open(candidate, context)
        except VoxpressError as error:
            reasons[candidate] = str(error)
    raise RecogniserUnavailable(next(iter(reasons.values()), "There is no recogniser here."))


_here: list[tuple[str, RecogniserContext]] = []


def listen_with(name: str, context: RecogniserContext) -> None:
    """Say who listens in this process, for those that are told of nothing but audio (``pipeline.align``)."""
    _here[:] = [(name, context)]


def listener() -> Recogniser:
    """Who listens in this process. Raises ``RecogniserUnavailable`` when nobody was named, or cannot run."""
    if not _here:
        raise RecogniserUnavailable("No speech recognition was set up in this process.")
    return open_recogniser(*_here[0])


def recogniser_problems(context: RecogniserContext) -> dict[str, str]:
    """Why recognisers cannot be used here, by name: broken plugins and those that are unavailable."""
    problems = dict(_discover()[1])
    for name in recogniser_names():
        try:
            open_recogniser(name, context)
        except VoxpressError as error:
            problems[name] = str(error)
    return problems


def _open(name: str, context: RecogniserContext) -> Recogniser:
    recognisers, broken = _discover()
    if name in broken:
        raise RecogniserUnavailable(f"The recogniser “{name}” cannot be loaded: {broken[name]}.")
    if name not in recognisers:
        raise RecogniserUnavailable(
            f"There is no recogniser “{name}”; there are: {', '.join(recogniser_names())}."
        )
    return recognisers[name](context)


@cache
def _discover() -> tuple[dict[str, type[Recogniser]], dict[str, str]]:
    recognisers: dict[str, type[Recogniser]] = {}
    broken: dict[str, str] = {}
    for name, target in _targets().items():
        try:
            kind = target.load()
            if not isinstance(kind, type) or kind.name != name:  # type: ignore[attr-defined]
                raise TypeError(f"{target.value} is not a recogniser named “{name}”")
            recognisers[name] = kind
        except Exception as error:  # somebody else's module: its fault must not take the others away
            logger.warning("recogniser %s (%s) cannot be loaded", name, target.value, exc_info=True)
            broken[name] = f"{type(error).__name__}: {error}"
    return recognisers, broken


def _targets() -> dict[str, EntryPoint]:
    targets = {name: EntryPoint(name, value, GROUP) for name, value in _BUILT_IN.items()}
    for point in entry_points(group=GROUP):
        if point.name in _BUILT_IN and point.value != _BUILT_IN[point.name]:
            logger.warning("%s from %s may not replace the built-in recogniser", point.name, point.value)
            continue
        targets[point.name] = point
    return targets


def forget_recognisers() -> None:
    """FOR TESTS ONLY: discover and open all recognisers again."""
    _discover.cache_clear()
    open_recogniser.cache_clear()
    _here.clear()
