"""The report's page: how the book was made, what was left out, and which files there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pipeline.publish.markup import written
from pipeline.publish.report_page.plots import bar
from pipeline.publish.report_page.saying import count, decibels, figure, plain, size, span

TIMERS = {
    "engine": "the engine itself",
    "estimate": "an estimate, by the length of the words",
    "dtw": "comparison with espeak's reading (dtw)",
    "whisper": "speech recognition (whisper)",
    "none": "nobody: they were not spoken",
    "": "not recorded",
}
"""Who timed words, as it is said; any other aligner goes by its own name."""


def making_section(report: Mapping[str, Any]) -> str:
    """Voices, times, seconds of each stage, versions, settings."""
    parts = [
        _cast(report),
        _voices(report),
        _shares("Who timed the words", "Timed by", "Words", report.get("timed_by", {}), TIMERS, figure),
        _stages(report),
        _skipped(report.get("skipped", ())),
        _named("Versions", report.get("versions", {})),
        _settings(report["settings"]),
    ]
    return (
        '<section aria-labelledby="making"><h2 id="making">How it was made</h2>'
        f"{''.join(part for part in parts if part)}</section>"
    )


def _voices(report: Mapping[str, Any]) -> str:
    told = report.get("voices", ())
    known = {voice["name"]: voice for voice in told if isinstance(voice, Mapping) and "name" in voice}
    rows = []
    for name, spoken in report["spoken_by"].items():
        voice = known.get(name, {})
        gain = voice.get("gain_db")
        cells = [
            f'<td class="num">{figure(spoken["words"])}</td>',
            f'<td class="num">{span(spoken["seconds"])}</td>',
            f'<td class="num">{_signed(gain)}</td>',
            f'<td class="long">{written(str(voice.get("licence") or ""))}</td>',
            f'<td class="hash">{written(str(voice.get("revision") or ""))}</td>',
        ]
        rows.append(f'<tr><th scope="row">{written(name)}</th>{"".join(cells)}</tr>')
    names = ("Voice", "#Words", "#Speaks for", "#Gain, dB", "Licence", "Revision")
    return f"<h3>Voices</h3>{_table(names, rows, 'Voices')}{''.join(_provenance(known.values()))}"


def _provenance(voices: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Whom a voice imitates and who allowed it, what may not be done with it, and its mark, a paragraph each."""
    for voice in voices:
        name = written(str(voice["name"]))
        if consent := voice.get("consent"):
            whose = "their own voice" if consent["own"] else "a person"
            yield (
                f"<p>{name} is synthetic and imitates {whose}. Consent: {written(consent['who'])},"
                f" {written(consent['when'])}, {written(consent['purpose'])}.</p>"
            )
        if voice.get("commercial") is False:
            licence = written(str(voice.get("licence") or "see its licence"))
            yield f"<p>What {name} speaks may not be sold: {licence}</p>"
        if mark := voice.get("watermark"):
            yield f"<p class='soft small'>{name} puts an inaudible mark into what it speaks: {written(str(mark))}</p>"


def _cast(report: Mapping[str, Any]) -> str:
    """Who speaks, where more than the narrator do, and what became of the quotations."""
    cast, quotations = report.get("cast", ()), report.get("quotations")
    said = _quotations(quotations) if quotations else ""
    if not any(one["speaker"] for one in cast):
        return f"<h3>Cast</h3>{said}" if said else ""
    rows = [
        f'<tr><th scope="row">{written(one["speaker"] or _nobody(one, report))}</th><td>{written(one["voice"])}</td>'
        f'<td class="num">{figure(one["lines"])}</td><td class="num">{figure(one["words"])}</td>'
        f'<td class="num">{span(one["seconds"])}</td></tr>'
        for one in cast
    ]
    names = ("Speaker", "Voice", "#Lines", "#Words", "#Speaks for")
    return f"<h3>Cast</h3>{_table(names, rows, 'Cast')}{said}"


def _nobody(part: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """What nobody in the cast says: the narrator's, or what has another voice there, such as stage directions."""
    voices = report.get("voices") or [{"name": part["voice"]}]
    return "Narrator" if part["voice"] == voices[0]["name"] else "Beside the narrator"


def _quotations(numbers: Mapping[str, int]) -> str:
    parts = (
        ("by_rules", "given to speakers by rules"),
        ("by_model", "given to speakers by a language model"),
        ("unknown", "without a known speaker"),
    )
    said = ", ".join(f"{count(numbers[name])} {what}" for name, what in parts if numbers[name])
    return f"<p class='soft small'>{count(numbers['found'], 'quotation')}: {said}.</p>"


def _signed(decibel: object) -> str:
    if not isinstance(decibel, int | float):
        return ""
    return ("+" if decibel > 0 else "") + decibels(decibel)


def _shares(
    title: str,
    first: str,
    second: str,
    numbers: Mapping[str, float],
    names: Mapping[str, str],
    said: Any,
) -> str:
    """A table of parts of a whole, each with a bar."""
    whole = sum(numbers.values())
    if not whole:
        return ""
    rows = [
        f'<tr><th scope="row">{written(names.get(name, name))}</th><td class="num">{said(number)}</td>'
        f'<td class="num">{100 * number / whole:.1f} %</td><td class="wide">{bar(number / whole)}</td></tr>'
        for name, number in numbers.items()
    ]
    return f"<h3>{title}</h3>{_table((first, f'#{second}', '#Share', '~'), rows, title)}"


def _stages(report: Mapping[str, Any]) -> str:
    seconds = report.get("stage_seconds", {})
    names = {name: plain(name) for name in seconds}
    told = _shares("Work", "Stage", "Seconds", seconds, names, lambda number: span(number))
    whole = sum(seconds.values())
    if not told or whole < 0.1:
        return told
    ratio = report["duration"] / whole
    return (
        f"{told}<p class='soft small'>{span(whole)} of work, of all runs and all workers together, for"
        f" {span(report['duration'])} of audio: {ratio:.1f} times real time.</p>"
    )


def _skipped(skipped: Sequence[Mapping[str, Any]]) -> str:
    if not skipped:
        return ""
    rows = [
        f'<tr><th scope="row">{written(plain(part["kind"]))}</th><td class="num">{figure(part["count"])}</td>'
        f'<td class="num">{figure(part["words"])}</td></tr>'
        for part in sorted(skipped, key=lambda part: -part["words"])
    ]
    return f"<h3>Left out of the source</h3>{_table(('What', '#How often', '#Words'), rows, 'Left out')}"


def _named(title: str, values: Mapping[str, Any]) -> str:
    rows = [
        f'<tr><th scope="row">{written(plain(name))}</th><td class="name">{written(str(value))}</td></tr>'
        for name, value in values.items()
    ]
    return f"<h3>{title}</h3>{_table(('Of', 'Version'), rows, title)}" if rows else ""


def _settings(settings: Mapping[str, Any]) -> str:
    rows = [
        f'<tr><th scope="row">{written(name)}</th><td class="name">{written(value) or "–"}</td></tr>'
        for name, value in _flat(settings)
    ]
    table = _table(("Setting", "Value"), rows, "Settings")
    return f"<details><summary>All settings</summary>{table}</details>"


def _flat(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, list | tuple):
            yield before + name, ", ".join(_part(part) for part in value)
        elif isinstance(value, bool):
            yield before + name, "yes" if value else "no"
        else:
            yield before + name, str(value)


def _part(value: object) -> str:
    """One of several; a pair is a name and its number."""
    return "=".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def files_section(report: Mapping[str, Any]) -> str:
    """Every file that was written before this page, with its hash."""
    rows = [
        f'<tr><th scope="row" class="name"><a href="{written(quote(file["name"]))}">{written(file["name"])}</a></th>'
        f'<td class="num">{size(file["size"])}</td><td class="hash">{written(file["sha256"])}</td></tr>'
        for file in report["files"]
    ]
    table = _table(("File", "#Size", "SHA-256"), rows, "Files and their hashes")
    return f'<section aria-labelledby="files"><h2 id="files">Files</h2>{table}</section>'


def _table(names: Iterable[str], rows: Sequence[str], label: str) -> str:
    """A table that scrolls by itself where it is too wide. ``#``: a column of numbers; ``~``: of bars."""
    head = "".join(
        '<td class="wide"></td>'
        if name == "~"
        else f'<th scope="col" class="{"num" if name.startswith("#") else ""}">{name.removeprefix("#")}</th>'
        for name in names
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def summary(report: Mapping[str, Any]) -> str:
    """The key figures."""
    loudness = report["loudness"]
    main = report["chapters"][0].get("file") if report["chapters"] else None
    names = {chapter.get("file") for chapter in report["chapters"]}
    bytes_ = sum(file["size"] for file in report["files"] if file["name"] in names)
    target = loudness["target_lufs"]
    asked = f"asked for: {decibels(target)}" if target is not None else "as the voice has it"
    facts = [
        ("Length", span(report["duration"]), f"{size(bytes_)} of audio" if main else ""),
        ("Chapters", count(len(report["chapters"])), ""),
        ("Words", count(report["words"]), ""),
        ("Words a minute", figure(report.get("words_per_minute")), "while it speaks"),
        ("Loudness", f"{decibels(loudness['integrated_lufs'])} LUFS", asked),
        (
            "True peak",
            f"{decibels(loudness['true_peak_dbtp'])} dBTP",
            f"at most {decibels(loudness['true_peak_limit_dbtp'])}",
        ),
    ]
    return "".join(
        f"<div><dt>{name}</dt><dd>{written(value)}{f'<small>{written(note)}</small>' if note else ''}</dd></div>"
        for name, value, note in facts
    )
