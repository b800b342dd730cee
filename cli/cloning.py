"""``voxpress voices add NAME --reference``: a voice is made of somebody's recording."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from cli.output import err, say
from pipeline.errors import SettingsError, SpeechError
from pipeline.model import Consent
from pipeline.speech.clip import read_clip, refuse
from pipeline.speech.clones import Clone, add_clone, require_name
from pipeline.speech.consent import checked_consent, parse_consent
from pipeline.speech.engine import EngineContext
from pipeline.speech.facts import Cloning
from pipeline.speech.registry import engine_names, facts_of, find_voice, voices_of

QUESTIONS = {
    "who": "Whose voice is it, and who allows this? (“own voice: NAME” for your own) ",
    "when": "When was it allowed? (YYYY-MM-DD) ",
    "purpose": "What may it be used for? ",
}


def make_clone(
    name: str,
    engine: str | None,
    reference: Path,
    consent: str | None,
    text: str | None,
    language: str | None,
    engines: EngineContext,
) -> Clone:
    """A voice of a recording, which its engine lists from now on. Raises ``SettingsError`` and ``ClipRefused``."""
    cloning = _cloning_of(engine)
    assert engine
    facts = facts_of(engine)
    if cloning.needs_text and not (text or "").strip():
        raise SettingsError(
            f"{facts.title} must be told what is said in the recording: give it with --reference-text."
        )
    require_name(name)
    _require_free(name, engine, engines)
    clip = read_clip(reference.expanduser(), cloning)
    for finding in clip.findings:
        if not finding.fatal:
            say(finding.text)
    refuse(reference, clip)
    if not facts.commercial:
        say(f"What it speaks may not be sold: {facts.weights_licence}")
    allowed = parse_consent(consent) if consent else _asked()
    languages = tuple(dict.fromkeys((*((language,) if language else ()), *facts.languages)))
    said = " ".join((text or "").split())
    return add_clone(Clone(name, engine, languages, "", 0.0, 0, allowed, said), clip, engines.voices_dir)


def why_it_is_silent(clone: Clone, engines: EngineContext) -> str:
    """Why its engine cannot speak with a cloned voice here, a sentence; empty where it can."""
    try:
        find_voice(clone.voice, clone.languages[0] if clone.languages else "en", engines)
    except SpeechError as error:
        return str(error)
    return ""


def _require_free(name: str, engine: str, engines: EngineContext) -> None:
    """Raise ``SettingsError`` where the engine has a voice of that name which is no clone."""
    with suppress(SpeechError):  # an engine that cannot run here cannot be asked
        if any(voice.id == name and voice.consent is None for voice in voices_of(engine, engines)):
            raise SettingsError(f"The engine {engine} has a voice “{name}” of its own: choose another name.")


def _cloning_of(engine: str | None) -> Cloning:
    """Raise ``SettingsError`` for an engine that imitates nobody."""
    able = [name for name in engine_names() if facts_of(name).cloning]
    there = f"those that can are {', '.join(able)}" if able else "none that is installed here can"
    if engine is None:
        raise SettingsError(f"Say with --engine who is to imitate the recording; {there}.")
    cloning = facts_of(engine).cloning
    if cloning is None:
        raise SettingsError(f"The engine “{engine}” cannot imitate a recording; {there}.")
    return cloning


def _asked() -> Consent:
    """The consent, asked for at the keyboard."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise SettingsError(
            "A voice is somebody's: say who allowed it, when, and for what, with --consent \"WHO, YYYY-MM-DD, FOR "
            'WHAT".'
        )
    said = {}
    for field, question in QUESTIONS.items():
        err.print(question, end="", markup=False)
        said[field] = sys.stdin.readline().strip()
    # Read like the flag: so "own voice:" means the same, and a comma in an answer does no harm.
    parsed = parse_consent(f"{said['who']}, {said['when']}, {said['purpose']}")
    return checked_consent(parsed)
