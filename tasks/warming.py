"""Voices that a child is to have at hand before somebody needs them: loading a model can take half a minute.

It is done in a thread, some seconds after the child began: a child that is not up within four seconds is killed and
started again for ever, and importing an engine's library alone may take longer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from pipeline.model import Block, BlockKind, Chapter, SpeakingOptions, Voice
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import engine_for, find_voice
from pipeline.speech.voices import sample_text

log = logging.getLogger(__name__)

START_SECONDS = 5.0
"""After this a child is up, whatever it is busy with."""

_warming: list[threading.Timer] = []


def warm_up(voices: Sequence[str], engines: EngineContext, after: float = START_SECONDS) -> None:
    """Have these voices say something in ``after`` seconds; what fails is logged, and fails again when it counts."""
    timer = threading.Timer(after, _warm, (tuple(voices), engines))
    timer.daemon = True
    _warming.append(timer)
    timer.start()


def wait_for_warmth() -> None:
    """Until nobody else uses this process's engines: they speak for one at a time."""
    for timer in _warming:
        timer.cancel()  # whoever calls needs an engine now, and loads it; what has begun is waited for
        timer.join()
    _warming.clear()


def _warm(voices: Sequence[str], engines: EngineContext) -> None:
    for name in voices:
        try:
            _speak(find_voice(name, "en", engines), engines)
            log.info("%s is warm", name)
        except Exception as error:
            log.warning("%s cannot be warmed up: %s", name, error)


def _speak(voice: Voice, engines: EngineContext) -> None:
    """Say a sentence, and forget it."""
    from pipeline.script import script_chapter

    engine, language = engine_for(voice, engines), voice.languages[0]
    chapter = Chapter(0, "", 1, (Block(BlockKind.PARAGRAPH, sample_text(language)),))
    limits = engine.limits(voice, language)
    script = script_chapter(chapter, language=language, voice=voice, limits=limits, pauses=PauseSettings())
    for _ in engine.speak(script.chunks, voice, SpeakingOptions()):
        pass
