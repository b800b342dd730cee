"""Flags that several commands share, and what they mean as settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import say
from pipeline.errors import SettingsError
from pipeline.settings import INCLUDES, NOTES
from storage.settings import BUILT_IN, Settings, load_settings

if TYPE_CHECKING:
    from tasks.context import Context

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any setting by its name, e.g. audio.bitrate=48."),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language", metavar="TAG", help="Language of the source (BCP 47) where it is not as declared."
    ),
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="PART",
        help=f"Narrate what is skipped by default: {', '.join(INCLUDES)}. May be repeated.",
    ),
]
Notes = Annotated[
    str | None,
    typer.Option("--notes", help=f"What becomes of the notes of an EPUB: {', '.join(NOTES)}.", metavar="HOW"),
]
Latest = Annotated[
    int | None,
    typer.Option(
        "--latest", metavar="N", help="How many items of a feed, from the newest back (default 10)."
    ),
]
Password = Annotated[
    str | None, typer.Option("--password", metavar="PASSWORD", help="Opens an encrypted PDF.")
]
Ocr = Annotated[
    bool | None,
    typer.Option("--ocr", help="Recognise the text of a scanned PDF, by the OCRmyPDF that is installed."),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        "--preset",
        metavar="NAME",
        help=f"Settings under [profiles.NAME] of voxpress.toml, or a built-in profile: {', '.join(BUILT_IN)}."
        " Several, separated by commas: the first counts.",
    ),
]
Offline = Annotated[bool | None, typer.Option("--offline", help="Never use the network.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Fetch a web page again that was fetched before.")]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host", metavar="HOST", help="Fetch from this host or network although it is private."
    ),
]
Lexicons = Annotated[
    list[Path] | None,
    typer.Option(
        "--lexicon",
        metavar="FILE",
        help="A lexicon (TOML or PLS) that goes before all others. May be repeated.",
    ),
]
CastFile = Annotated[
    Path | None,
    typer.Option("--cast", metavar="FILE", help="A cast (TOML): which voice each speaker has."),
]
Intro = Annotated[
    str | None,
    typer.Option("--intro", metavar="FILE", help="Music that the book begins with (any audio file)."),
]
Outro = Annotated[str | None, typer.Option("--outro", metavar="FILE", help="Music that the book ends with.")]
Bed = Annotated[
    str | None,
    typer.Option("--bed", metavar="FILE", help="Music under the speech, softer while it is spoken."),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="Folder for finished editions.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", help="Processes; default one for each core.")
]

_SETTINGS = {
    "voice": "voice.voice",
    "rate": "voice.rate",
    "parameters": "voice.parameters",
    "watermark": "voice.watermark",
    "formats": "audio.formats",
    "companions": "publish.companions",
    "loudness": "audio.loudness",
    "bitrate": "audio.bitrate",
    "check": "check.by",
    "check_policy": "check.policy",
    "language": "reading.language",
    "include": "reading.include",
    "notes": "reading.notes",
    "latest": "reading.latest",
    "password": "reading.password",
    "style": "conversation.style",
    "minutes": "conversation.minutes",
    "hosts": "conversation.hosts",
    "ocr": "reading.ocr",
    "allow_host": "allow_hosts",
    "intro": "music.intro",
    "outro": "music.outro",
    "bed": "music.bed",
}
"""Flags whose settings have another name."""


def as_settings(**flags: object) -> dict[str, object]:
    """Flags as settings; those that were not given are None. What may be repeated becomes a tuple."""
    return {
        _SETTINGS.get(name, name): (tuple(value) or None) if isinstance(value, list) else value
        for name, value in flags.items()
    }


def tell_untold(settings: Settings, parameters: list[str] | None) -> None:
    """Say which of the parameters on the command line the voice's engine, where one is named, does not have."""
    if not parameters:
        return
    from pipeline.speech.registry import engine_names
    from tasks.options import untold

    voice = settings.production.voice.voice
    engine = voice.partition(":")[0]
    lacking = untold(settings.production, voice) if engine in engine_names(hidden=True) else []
    if lacking:
        say(f"The engine {engine} has no {' and no '.join(lacking)}: it speaks without.")


def assigned(assignments: list[str] | None) -> dict[str, object]:
    """What ``--set`` says, by dotted key; of a key that is named twice the first counts. Raises ``SettingsError``."""
    said: dict[str, object] = {}
    for assignment in assignments or []:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise SettingsError(
                f"--set takes KEY=VALUE, e.g. --set audio.bitrate=48; '{assignment}' has no '='."
            )
        said.setdefault(key.strip(), value.strip())
    return said


def context_of(
    flags: Mapping[str, object], assignments: list[str] | None = None, profile: str | None = None
) -> Context:
    """The context for a command that needs the catalog. Raises ``SettingsError``."""
    from tasks.context import open_context

    return open_context(settings_of(flags, assignments, profile))


def settings_of(
    flags: Mapping[str, object], assignments: list[str] | None = None, profile: str | None = None
) -> Settings:
    """Settings for a command: its flags first, then ``--set``, ``profile``, environment, ``voxpress.toml``,
    defaults.

    Raises ``SettingsError``.
    """
    given = {**assigned(assignments), **{key: value for key, value in flags.items() if value is not None}}
    return load_settings(given, profile=profile).settings.prepare()
