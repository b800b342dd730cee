"""What every file of an edition says of the voices in it that imitate somebody.

The same in all formats: that the speech is synthetic, which engine made it, and with whose consent. The comment is
for people; the two tags are for programs (``SYNTHETIC-SPEECH``, ``VOICE-CONSENT``).
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model import Voice


def provenance_tags(clones: Sequence[Voice]) -> dict[str, str]:
    """Tags by name; none where nobody is imitated."""
    if not clones:
        return {}
    return {
        "SYNTHETIC-SPEECH": "; ".join(
            f"cloned voice {voice.name}, engine {voice.engine}" for voice in clones
        ),
        "VOICE-CONSENT": "; ".join(f"{voice.name}: {voice.consent}" for voice in clones),
    }


def provenance_sentence(clones: Sequence[Voice]) -> str:
    """For people, in one or more sentences; empty where nobody is imitated."""
    return " ".join(
        f"Synthetic speech: {voice.name} imitates a person, with consent ({voice.consent})."
        for voice in clones
    )


def provenance_entries(clones: Sequence[Voice]) -> list[dict[str, object]]:
    """For the transcript and the report."""
    return [
        {
            "voice": voice.name,
            "engine": voice.engine,
            "who": voice.consent.who,
            "when": voice.consent.when,
            "purpose": voice.consent.purpose,
            "own": voice.consent.own,
            "revision": voice.revision,
        }
        for voice in clones
        if voice.consent is not None
    ]
