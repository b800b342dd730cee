"""Is a show's folder what podcast clients and directories ask for?

Everything is looked at from outside, as a client would: the feed is read anew, and the files that it names are
opened, decoded and compared with what it says of them. It is written from the published specifications
(``checks.rules``), not from what ``feed`` writes. The feed may come from anybody: nothing is fetched, no entity is
resolved, and no file outside the folder is opened.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import AudioError
from pipeline.ingest.xml import Element
from pipeline.publish.podcast.checks import sounds
from pipeline.publish.podcast.checks.channel import base_of, check_channel
from pipeline.publish.podcast.checks.elements import check_elements, items_of, read_feed
from pipeline.publish.podcast.checks.findings import REBUILD, Finding, Findings, Severity
from pipeline.publish.podcast.checks.folder import PublicFolder
from pipeline.publish.podcast.checks.items import check_items
from pipeline.publish.podcast.checks.pictures import check_picture
from pipeline.publish.podcast.checks.privacy import check_privacy
from pipeline.publish.podcast.checks.texts import ToldChapter, check_transcript, read_chapters
from pipeline.publish.podcast.namespace import ITUNES, PODCAST
from pipeline.publish.podcast.show import FEED

__all__ = ["Finding", "Severity", "validate"]

_SAME = 0.0015
"""Seconds: ID3 tells whole milliseconds."""


def validate(folder: Path) -> tuple[Finding, ...]:
    """All that is wrong with the show in ``folder``, errors first; nothing where it is as it should be.

    Every episode is decoded to its end, which takes some seconds for an hour of audio.
    """
    findings = Findings()
    root = read_feed(folder / FEED, findings)
    if root is not None:
        _check_show(root, folder, findings)
    return findings.all()


def _check_show(root: Element, path: Path, findings: Findings) -> None:
    channel = root.find("channel")
    items = items_of(root)
    check_elements(root, findings)
    check_channel(channel, findings)
    serial = (channel.findtext(f"{{{ITUNES}}}type") or "").strip() == "serial"
    check_items(items, serial=serial, findings=findings)
    check_privacy(root, path, findings)

    folder = PublicFolder(path, base_of(channel))
    pictures = {file for file in [_image(channel, folder, FEED, findings)] if file}
    if (address := (channel.findtext("image/url") or "").strip()) and (
        file := folder.find(address, FEED, findings)
    ):
        pictures.add(file)
    for where, item in items:
        _check_episode(item, folder, where, findings)
        if file := _image(item, folder, where, findings):
            pictures.add(file)
    for file in sorted(pictures):
        check_picture(file, findings)


def _image(parent: Element, folder: PublicFolder, where: str, findings: Findings) -> Path | None:
    image = parent.find(f"{{{ITUNES}}}image")
    reference = "" if image is None else (image.get("href") or "").strip()
    return folder.find(reference, where, findings) if reference else None


def _check_episode(item: Element, folder: PublicFolder, where: str, findings: Findings) -> None:
    enclosure = item.find("enclosure")
    sound = kind = seconds = None
    if enclosure is not None and enclosure.get("url"):
        sound = folder.find(enclosure.get("url"), where, findings)
    if sound:
        told = enclosure.get("type") or "", enclosure.get("length") or ""
        kind = sounds.check_sound(sound, *told, where, findings)
    if sound and kind:
        seconds = sounds.measure(sound, kind, findings)
        if seconds is not None:
            sounds.check_duration(item.findtext(f"{{{ITUNES}}}duration") or "", seconds, where, findings)
    for transcript in item.findall(f"{{{PODCAST}}}transcript"):
        if (address := transcript.get("url")) and (file := folder.find(address, where, findings)):
            check_transcript(file, transcript.get("type") or "", seconds, findings)
    told_chapters = None
    chapters = item.find(f"{{{PODCAST}}}chapters")
    if (
        chapters is not None
        and chapters.get("url")
        and (file := folder.find(chapters.get("url"), where, findings))
    ):
        told_chapters = read_chapters(file, seconds, findings)
    if sound and kind and seconds is not None and (chapters is None or told_chapters is not None):
        _compare_chapters(sound, kind, told_chapters, where, findings)
    _check_soundbites(item, seconds, where, findings)


def _compare_chapters(
    sound: Path, kind: str, told: list[ToldChapter] | None, where: str, findings: Findings
) -> None:
    try:
        own = sounds.file_chapters(sound, kind)
    except AudioError as error:
        findings.error(sound.name, str(error).rstrip("."), REBUILD)
        return
    if told is None:
        if len(own) > 1:
            findings.warning(where, f"{sound.name} has {len(own)} chapters, and the feed names none", REBUILD)
        return
    same = len(own) == len(told) and all(
        one.title == other.title and abs(one.start - other.start) <= _SAME
        for one, other in zip(own, told, strict=True)
    )
    if not same:
        findings.error(where, f"{sound.name} has other chapters than the chapters file", REBUILD)


def _check_soundbites(item: Element, seconds: float | None, where: str, findings: Findings) -> None:
    for bite in item.findall(f"{{{PODCAST}}}soundbite"):
        try:
            start, length = float(bite.get("startTime") or ""), float(bite.get("duration") or "")
        except ValueError:
            findings.error(where, "<podcast:soundbite> has times that are no numbers", REBUILD)
            continue
        inside = start >= 0 and length > 0 and (seconds is None or start + length <= seconds + sounds.SLACK)
        if not inside:
            findings.error(where, "<podcast:soundbite> does not lie inside the audio", REBUILD)
