"""The flags that say how an audiobook is to be, for the commands that begin one."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.publish.companions import COMPANIONS
from pipeline.publish.formats import FORMATS
from pipeline.settings import STYLES

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="E-book, document, page, text, subtitles, web address, feed, or list of addresses.",
    ),
]
ShowName = Annotated[str, typer.Argument(metavar="SHOW", help="Name of the show.")]
Voice = Annotated[str | None, typer.Option("--voice", metavar="VOICE", help="See 'voxpress voices list'.")]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}. May be repeated."),
]
Companions = Annotated[
    list[str] | None,
    typer.Option(
        "--companion",
        metavar="NAME",
        help=f"What lies beside the audio: {', '.join(COMPANIONS)}. May be repeated.",
    ),
]
Style = Annotated[
    str | None,
    typer.Option("--style", metavar="STYLE", help=f"What is made of the source: {', '.join(STYLES)}."),
]
Minutes = Annotated[
    float | None,
    typer.Option("--minutes", metavar="N", help="How long a conversation shall be, about."),
]
Hosts = Annotated[
    list[str] | None,
    typer.Option(
        "--host", metavar="NAME[=VOICE]", help="Who speaks in a conversation. To be repeated; the first asks."
    ),
]
Rate = Annotated[
    float | None, typer.Option("--rate", metavar="RATE", help="Speaking speed; 1 is the voice's own.")
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        metavar="NAME=NUMBER",
        help="What else the voice's engine is told, e.g. pitch=0.9; see 'voxpress voices show'. May be repeated.",
    ),
]
NoWatermark = Annotated[
    bool,
    typer.Option(
        "--no-watermark",
        help="Leave out the engine's inaudible mark: for a cloned voice that was declared as one's own.",
    ),
]
Loudness = Annotated[
    str | None,
    typer.Option("--loudness", metavar="TARGET", help="acx, podcast, none, or LUFS (default -18)."),
]
Check = Annotated[
    str | None,
    typer.Option(
        "--check",
        metavar="HOW",
        help="How takes are checked: off, signal, asr (speech recognition listens to them), or auto.",
    ),
]
CheckPolicy = Annotated[
    str | None,
    typer.Option("--check-policy", metavar="POLICY", help="How much must be right: normal, strict."),
]
Bitrate = Annotated[int | None, typer.Option("--bitrate", metavar="KBIT", help="kbit/s (default 64).")]
