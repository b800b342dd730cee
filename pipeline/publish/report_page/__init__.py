"""``report.html`` beside the audio: what was made, at a glance, and every place in doubt with its sound.

The page is drawn from what ``report.json`` says and nothing else. It needs no network and no server: styles and
script stand in it, and a Content-Security-Policy lets it use those two, the cover and the audio beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pipeline.publish.markup import source_hash, written
from pipeline.publish.report_page import course, making, places
from pipeline.publish.report_page.saying import count
from pipeline.publish.sink import Sink

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob
    from pipeline.publish.plan import PublishedFile

PAGE = "report.html"


def write(job: CompanionJob, /) -> tuple[PublishedFile, ...]:
    """The page about all that is written until now."""
    from pipeline.publish.report import report_bytes, report_of

    told = json.loads(report_bytes(report_of(job.plan, job.measured, job.files)))
    with Sink(job.folder / PAGE) as sink:
        sink.text(page(told))
    return (sink.published(job.folder),)


def page(report: Mapping[str, Any]) -> str:
    """The page of a report, as it is read from ``report.json``."""
    audio = places.audio_of(report["chapters"])
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self' file:; media-src 'self' file:;"
        f" style-src {source_hash(style)}; script-src {source_hash(script)}"
    )
    body = [
        _header(report),
        "<main>",
        course.section(report),
        places.doubts_section(report, audio),
        places.chapters_section(report, audio),
        making.making_section(report),
        making.files_section(report),
        _about(report),
        "</main>",
        _player(audio, report["duration"]),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{written(report['title'])} – report</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{''.join(body)}<script>{script}</script>\n</body>\n</html>\n"
    )


@cache
def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _header(report: Mapping[str, Any]) -> str:
    metadata = report["metadata"]
    language = written(metadata["language"])
    lines = [
        f'<h1><bdi lang="{language}">{written(report["title"])}</bdi></h1>',
        f'<p class="soft" lang="{language}" dir="auto">{written(metadata["subtitle"])}</p>'
        if metadata["subtitle"]
        else "",
        f"<p>{written(', '.join(metadata['authors']))}</p>" if metadata["authors"] else "",
        f'<p class="soft">Read by {written(report["narrator"])}: synthetic speech</p>',
        _state(report),
    ]
    links = [("course", "From beginning to end"), ("doubts", "In doubt"), ("chapters", "Chapters")]
    links += [("making", "How it was made"), ("files", "Files")]
    nav = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in links)
    return (
        '<header><div class="head"><img src="cover.jpg" alt="Cover">'
        f"<div>{''.join(lines)}</div></div>"
        f'<nav aria-label="On this page"><ul>{nav}</ul></nav>'
        f'<dl class="facts">{making.summary(report)}</dl></header>'
    )


def _state(report: Mapping[str, Any]) -> str:
    total = max(len(report["doubts"]), report.get("doubts_total", 0))
    if total:
        return f'<p class="state doubts">Done, with {count(total, "doubt")}</p>'
    return '<p class="state fine">Done, nothing in doubt</p>'


def _about(report: Mapping[str, Any]) -> str:
    source = report["source"]
    version = report.get("versions", {}).get("voxpress", "")
    return (
        '<div class="about">'
        f"<p>Read from {written(source['uri'])} ({written(source['kind'])}, SHA-256 {written(source['sha256'])})."
        f" Production {written(str(report.get('production') or '–'))}."
        f" Made by Voxpress {written(str(version))}."
        ' Everything on this page is in <a href="report.json">report.json</a>.</p></div>'
    )


def _player(audio: places.Audio, length: float) -> str:
    if not audio.parts:
        return ""
    parts = written(json.dumps([[part.href, part.start] for part in audio.parts], ensure_ascii=False))
    first = written(audio.parts[0].href)
    return (
        f'<aside class="player" aria-label="Player" data-parts="{parts}" data-seconds="{length:.3f}">'
        '<p class="soft">Choose a place to hear it.</p>'
        f'<audio controls preload="none" src="{first}"></audio></aside>'
    )
