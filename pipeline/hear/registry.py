"""Which recognisers there are, and which one listens here.

They come in through the entry point group ``voxpress.recognisers``, the built-in ones too.
"""

from __future__ import annotations

from functools import cache

from pipeline.errors import RecogniserUnavailable, VoxpressError
from pipeline.hear.recogniser import Recogniser, RecogniserContext
from pipeline.plugins import Plugins, is_named_class

GROUP = "voxpress.recognisers"
AUTO = "auto"
_BUILT_IN = {
    "whisper": "pipeline.hear.whisper:WhisperRecogniser",
    "vosk": "pipeline.hear.vosk:VoskRecogniser",
    "tone": "pipeline.hear.tone:ToneRecogniser",
}
"""The best one first: ``auto`` takes the first that can run."""
_recognisers = Plugins[type[Recogniser]](GROUP, "recogniser", is_named_class, _BUILT_IN)


def recogniser_names(hidden: bool = False) -> list[str]:
    """Names of the recognisers that can be imported, the best one first; ``hidden`` adds those for tests."""
    return [name for name, kind in _recognisers.found.items() if hidden or not kind.hidden]


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
    problems = dict(_recognisers.broken)
    for name in recogniser_names():
        try:
            open_recogniser(name, context)
        except VoxpressError as error:
            problems[name] = str(error)
    return problems


def _open(name: str, context: RecogniserContext) -> Recogniser:
    if name not in _recognisers.found:
        raise RecogniserUnavailable(_recognisers.refusal(name, recogniser_names()))
    return _recognisers.found[name](context)


def forget_recognisers() -> None:
    """FOR TESTS ONLY: discover and open all recognisers again."""
    _recognisers.forget()
    open_recogniser.cache_clear()
    _here.clear()
