"""``listen.html``: one page that plays the edition beside it and shows each word as it is said.

The page needs no server and no network: it opens from disk, and holds everything but the audio. It is put
together from what all players share (``pipeline.publish.player``), what lies in ``page/`` (a document and its
scripts) and the book's words, written chapter by chapter, so that a long book takes no more memory than a short one.

Nothing in it can be made to run but the page's own script: its policy names that script and the style by their
hashes (Content Security Policy Level 3), the book's texts stand in data blocks that browsers do not run (HTML,
"script" element with a type that is no script's), and the script makes text of them and never markup.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
from typing import TYPE_CHECKING
from urllib.parse import quote

from PIL import Image

from pipeline.publish.markup import direction, source_hash
from pipeline.publish.plan import PublishedFile
from pipeline.publish.player import filled, fragments, part, script, style
from pipeline.publish.player.words import chapter_blocks, inert_json
from pipeline.publish.sink import Sink
from pipeline.publish.tags import chapter_title, clean

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob

NAME = "listen.html"
SCRIPTS = ("page/contents.js", "page/search.js", "page/page.js")
"""What the page's script has besides what all players share, in order."""
THUMBNAIL = 240
"""Pixels of the cover's longer side in the page."""


def write(job: CompanionJob, /) -> tuple[PublishedFile, ...]:
    """The page, in the edition's folder under the same name for every book."""
    before, after = _frame(job)
    with Sink(job.folder / NAME) as sink:
        sink.text(before)
        for mark in job.timeline.marks:
            sink.text(f'<script type="application/json" id="chapter-{mark.index}">[')
            begin = round(job.timeline.seconds(mark.start) * 1000)
            for piece in chapter_blocks(job.segments(mark.index), begin, job.plan.settings.pauses.paragraph):
                sink.text(piece)
            sink.text("]</script>\n")
        sink.text(after)
    return (sink.published(job.folder),)


def _frame(job: CompanionJob) -> tuple[str, str]:
    """What stands before the chapters' words, and what stands after them."""
    look, code = style(), script(__name__, SCRIPTS)
    # A page from disk has no origin that 'self' would match; from a server it has.
    policy = (
        f"default-src 'none'; script-src {source_hash(code)}; style-src {source_hash(look)}; "
        "media-src 'self' file:; img-src data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    files = "".join(
        f'<li><a href="{html.escape(_address(file.name))}">{html.escape(file.name)}</a></li>'
        for file in job.audio
    )
    fill = {
        "policy": policy,
        "title": html.escape(job.tags.title),
        "style": look,
        "files": files,
        "book": inert_json(_book(job)),
        "script": code,
        **fragments("chapter"),
    }
    before, _, after = part(__name__, "page/page.html").partition("{{chapters}}")
    return filled(before, fill), filled(after, fill)


def _book(job: CompanionJob) -> dict[str, object]:
    """What the page knows of the book besides its words; times in milliseconds."""
    line, metadata = job.timeline, job.plan.metadata
    language = clean(metadata.language) or "und"
    chapters = [
        {
            "title": chapter_title(mark.title, mark.index + 1),
            "level": _level(job, mark.index),
            "start": round(line.seconds(mark.start) * 1000),
            "end": round(line.seconds(mark.end) * 1000),
        }
        for mark in line.marks
    ]
    whole = len(job.audio) == 1
    spans = (
        [(chapters[0]["start"], chapters[-1]["end"])] if whole else [(c["start"], c["end"]) for c in chapters]
    )
    files = [
        {"source": _address(file.name), "start": start, "end": end}
        for file, (start, end) in zip(job.audio, spans, strict=True)
    ]
    return {
        "key": _identity(job),
        "title": job.tags.title,
        "subtitle": clean(metadata.subtitle),
        "author": job.tags.artist,
        "narrator": job.tags.narrator,
        "language": language,
        "direction": direction(language),
        "cover": _thumbnail(job.cover),
        "files": files,
        "chapters": chapters,
    }


def _level(job: CompanionJob, index: int) -> int:
    """Depth in the contents, from 1."""
    return max(1, next(iter(job.plan.chapters[index].encoded.values())).level)


def _identity(job: CompanionJob) -> str:
    """Under which a listener's place is remembered: it outlives a new edition of the same production."""
    production = job.plan.report.get("production")
    return hashlib.sha256(f"{production or job.plan.source.sha256}".encode()).hexdigest()[:16]


def _address(name: str) -> str:
    """A file of the edition as a relative reference; ``./`` because a name may hold a colon."""
    return "./" + quote(name)


def _thumbnail(cover: bytes) -> str:
    """The cover, small, as a data address."""
    picture = Image.open(io.BytesIO(cover)).convert("RGB")
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    small = io.BytesIO()
    picture.save(small, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(small.getvalue()).decode()
