"""Writes the generated parts of the documentation: what the code knows best itself.

    python docs/build.py             write them anew
    python docs/build.py --check     say which are stale, and end with 1 if any is

A generated part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; the text around it is
written by hand. ``tests/unit/test_docs.py`` fails when one is stale.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
if str(ROOT) not in sys.path:  # run as a script
    sys.path.insert(0, str(ROOT))

_PART = re.compile(r"(<!-- generated: ([a-z0-9-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_REFERENCE = re.compile(r"``(.+?)``")


# -- tables ----------------------------------------------------------------------------------------------


def settings_table() -> str:
    """Every setting of ``storage.settings``, a table for each section."""
    from storage.settings import describe_settings

    parts = []
    for section, found in groupby(describe_settings(), key=lambda info: info.key.rpartition(".")[0]):
        rows = [
            (_code(info.key), _code(info.env), info.type, _code(info.default), _text(info.doc))
            for info in found
        ]
        title = f"### `[{section}]`" if section else "### At the top of the file"
        parts.append(f"{title}\n\n{_table(('setting', 'environment', 'type', 'default', 'meaning'), rows)}")
    return "\n\n".join(parts)


def variables_table() -> str:
    """The environment variables that are no settings."""
    from storage.settings import VARIABLES

    return _table(("variable", "meaning"), [(_code(name), _text(doc)) for name, doc in VARIABLES.items()])


def limits_table() -> str:
    """Every constant of ``pipeline.limits``, a table for each of its sections."""
    from pipeline import limits

    source = Path(str(limits.__file__)).read_text(encoding="utf-8")
    docs = attribute_docs(ast.parse(source).body)
    titles = {
        number: match[1]
        for number, line in enumerate(source.splitlines(), 1)
        if (match := _SECTION.match(line))
    }
    parts = []
    for title, found in groupby(docs.items(), key=lambda item: _section_of(titles, item[1][0])):
        if title is None:
            continue
        rows = [
            (_code(name), limit_text(name, getattr(limits, name)), _text(doc)) for name, (_, doc) in found
        ]
        parts.append(f"### {title[0].upper()}{title[1:]}\n\n{_table(('limit', 'value', 'meaning'), rows)}")
    return "\n\n".join(parts)


def faults_table() -> str:
    """Every fault that a take can have."""
    from pipeline.check.faults import FAULTS

    rows = [(_code(name), fault.remedy.value, _text(fault.meaning)) for name, fault in FAULTS.items()]
    return _table(("fault", "remedy", "meaning"), rows)


_SECTION = re.compile(r"# -- (.+?) -+$")


def _section_of(titles: dict[int, str], line: int) -> str | None:
    before = [number for number in titles if number < line]
    return titles[max(before)] if before else None


def limit_text(name: str, value: int) -> str:
    """A limit with its unit, which its name tells."""
    if name.endswith(("_BYTES", "_MEMORY")):
        for unit, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
            if value % size == 0:
                return f"{value // size} {unit} ({value:,} bytes)"
        return f"{value:,} bytes"
    return f"{value:,} s" if name.endswith("_SECONDS") else f"{value:,}"


def matter_table() -> str:
    """What parts of an EPUB are left out or read, by ``pipeline.ingest.epub_matter``."""
    from pipeline.ingest import epub_matter as matters

    kinds = dict.fromkeys(matters.SKIPPED_TYPES.values())
    rows = [
        ("left out", _code(kind), _types(n for n, k in matters.SKIPPED_TYPES.items() if k == kind))
        for kind in kinds
    ]
    rows += [
        (
            "read",
            f"{matter.value} matter",
            _types(n for n, m in matters.NARRATED_TYPES.items() if m is matter),
        )
        for matter in dict.fromkeys(matters.NARRATED_TYPES.values())
    ]
    return _table(("", "as", '`epub:type`, `role="doc-..."`, landmark or guide'), rows)


def _types(names: Iterable[str]) -> str:
    return ", ".join(_code(name) for name in names)


def metrics_table() -> str:
    """Every metric of the exporter, as Prometheus stores it."""
    from tasks.metrics import METRICS

    rows = [
        (
            _code(metric.name + "_total" * (metric.kind == "counter")),
            ", ".join(_code(label) for label in metric.labels),
            _text(metric.help),
        )
        for metric in METRICS
    ]
    return _table(("metric", "labels", "meaning"), rows)


def exit_codes_table() -> str:
    """The exit codes of ``cli.output.Exit``."""
    from cli import output

    tree = ast.parse(Path(str(output.__file__)).read_text(encoding="utf-8"))
    body = next(item.body for item in tree.body if isinstance(item, ast.ClassDef) and item.name == "Exit")
    docs = attribute_docs(body)
    rows = [(_code(str(code.value)), code.name, _text(docs[code.name][1])) for code in output.Exit]
    return _table(("code", "name", "meaning"), rows)


def errors_table() -> str:
    """The tree of ``pipeline.errors``: each error after the one it is a kind of."""
    from pipeline.errors import VoxpressError

    def walk(kind: type[VoxpressError], above: str) -> Iterator[tuple[str, ...]]:
        summary = (kind.__doc__ or "").strip().splitlines()[0]
        yield _code(kind.__name__), _code(above), _comment(kind) or _text(summary)
        for below in kind.__subclasses__():
            if below.__module__ != VoxpressError.__module__:
                continue  # somebody else's, a test's for one
            yield from walk(below, kind.__name__)

    return _table(("error", "is a", "when"), walk(VoxpressError, "Exception"))


def _comment(kind: type) -> str:
    """What the drawn tree in the module's docstring says beside the class."""
    from pipeline import errors

    match = re.search(rf"^\s*{kind.__name__}[ ]{{2,}}(.+)$", errors.__doc__ or "", re.MULTILINE)
    return _text(match[1]) if match else ""


def commands_table() -> str:
    """Every command with its arguments and options, as its ``--help`` has them."""
    parts = []
    for words, command in commands():
        shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
        usage = " ".join(["voxpress", *words, *(["[OPTIONS]"] if _options(shown) else []), *_usage(shown)])
        parts.append(f"### `{usage}`\n\n{_text(_help(command))}")
        rows = [(_spelled(parameter), _text(getattr(parameter, "help", "") or "")) for parameter in shown]
        if rows:
            parts.append(_table(("argument or option", "meaning"), rows))
    return "\n\n".join(parts)


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """(words, command) of everything that can be run, in the order of ``voxpress --help``."""
    import typer.main

    from cli.main import app

    def walk(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        below = getattr(command, "commands", None)
        if below is None:
            yield words, command
            return
        for name, sub in below.items():
            yield from walk((*words, name), sub)

    return walk((), typer.main.get_command(app))


def _options(parameters: Sequence[Any]) -> list[Any]:
    return [parameter for parameter in parameters if parameter.param_type_name == "option"]


def _usage(parameters: Sequence[Any]) -> Iterator[str]:
    for parameter in parameters:
        if parameter.param_type_name == "argument":
            yield _argument(parameter)


def _argument(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name.upper()) + ("..." if parameter.nargs < 0 else "")
    return name if parameter.required else f"[{name}]"


def _spelled(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return _code(_argument(parameter))
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
    return ", ".join(_code(option + value) for option in parameter.opts)


def _help(command: Any) -> str:
    return " ".join((command.help or "").split())


# -- Markdown --------------------------------------------------------------------------------------------


def attribute_docs(body: Sequence[ast.stmt]) -> dict[str, tuple[int, str]]:
    """Line and docstring of each name that is assigned in ``body`` and has a string under it."""
    docs = {}
    for item, after in pairwise(body):
        target = item.targets[0] if isinstance(item, ast.Assign) else None
        if (
            isinstance(target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            docs[target.id] = (item.lineno, " ".join(str(after.value.value).split()))
    return docs


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _text(text: str) -> str:
    return _REFERENCE.sub(r"`\1`", _cell(text))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def reading_table() -> str:
    """Of each set that was measured for reading, the measures that have a target, beside the best of the others."""
    rows: list[tuple[str, ...]] = []
    for name in READING_SETS:
        page = ROOT / "bench" / "results" / f"reading-{name}.md"
        lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
        head, *measured = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
        others = head[3:-1]
        for measure, cases, ours, *theirs, target in measured[1:]:
            if not target:
                continue
            found = [(value, other) for value, other in zip(theirs, others, strict=True) if value != "–"]
            best, who = max(found, default=("–", ""))
            rows.append(
                (
                    f"[{name}](../bench/results/{page.name})",
                    measure.strip("*"),
                    cases,
                    ours,
                    f"{best} {who}",
                    target,
                )
            )
    return _table(("set", "measure", "cases", "voxpress", "best of the others", "target"), rows)


def engines_table() -> str:
    """Every engine that is not for tests only."""
    rows = []
    for name, facts in _engines().items():
        cloning = f"from {facts.cloning.shortest:g} s" if facts.cloning else "no"
        devices = "a server" if facts.server else ", ".join(facts.devices)
        page = f"[{facts.title}]({name}.md)"
        rows.append((_code(name), page, devices, cloning, _yes(facts.commercial), _code(facts.extra)))
    return _table(("engine", "what", "runs on", "cloning", "commercial use", "extra"), rows)


def engine_facts(name: str) -> str:
    """What one engine says of itself."""
    facts = _engines()[name]
    rows = [
        ("hardware", facts.hardware),
        ("devices", "a server" if facts.server else ", ".join(facts.devices)),
        ("kinds of numbers", ", ".join(facts.precisions) or "its own"),
        ("languages", "as its voices" if facts.languages == ("mul",) else ", ".join(facts.languages)),
        ("licence of the code", facts.licence),
        ("licence of the weights", facts.weights_licence),
        ("commercial use", _yes(facts.commercial)),
        ("times of words", facts.timings),
        ("limits", facts.limits),
        ("watermark", facts.watermark or "none"),
        ("what was run", facts.exercised),
    ]
    if facts.cloning:
        clip = facts.cloning
        text = ", and what is said in it" if clip.needs_text else ""
        wanted = f"{clip.shortest:g} to {clip.longest:g} s of speech at {clip.sample_rate:,} Hz or more{text}"
        rows.insert(5, ("cloning", wanted))
    said = [facts.about, f"<{facts.homepage}>", _table(("", ""), [(a, _text(b)) for a, b in rows])]
    if facts.parameters:
        cells = [
            (_code(one.name), f"{one.least:g} to {one.most:g}", f"{one.default:g}", _text(one.meaning))
            for one in facts.parameters
        ]
        said.append(_table(("parameter", "range", "default", "meaning"), cells))
    if facts.traps:
        said.append("What it is known to do wrong, and what is done about it:")
        said.append("\n".join(f"- {_text(trap)}" for trap in facts.traps))
    return "\n\n".join(said)


def _engines() -> dict[str, Any]:
    from pipeline.speech.conversion import converter_facts, converter_names
    from pipeline.speech.registry import engine_names, facts_of

    facts = {name: facts_of(name) for name in engine_names()}
    return facts | {name: converter_facts(name) for name in converter_names()}


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


READING_SETS = ("epub", "broken", "pdf", "web", "spoken", "sentences")
"""As ``bench.reading`` has them."""


PARTS: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "variables": variables_table,
    "limits": limits_table,
    "faults": faults_table,
    "exit-codes": exit_codes_table,
    "errors": errors_table,
    "commands": commands_table,
    "matter-table": matter_table,
    "metrics": metrics_table,
    "reading": reading_table,
    "engines": engines_table,
}
"""Name of a generated part, and what writes it."""


def part(name: str) -> str:
    """A generated part: one of ``PARTS``, or what an engine says of itself (``engine-NAME``)."""
    if name.startswith("engine-"):
        return engine_facts(name.removeprefix("engine-"))
    return PARTS[name]()


# -- files -----------------------------------------------------------------------------------------------


def rendered(text: str) -> str:
    """A page with its generated parts as they should be."""
    return _PART.sub(lambda match: f"{match[1]}{part(match[2])}\n{match[3]}", text)


def pages() -> list[Path]:
    """Every page that may hold generated parts."""
    return sorted(DOCS.rglob("*.md"))


def stale_pages() -> list[Path]:
    """Pages whose generated parts are not what the code says now."""
    return [page for page in pages() if rendered(text := page.read_text(encoding="utf-8")) != text]


def main(arguments: Sequence[str]) -> int:
    """Write or check; returns the exit status."""
    stale = stale_pages()
    for page in stale:
        name = page.relative_to(ROOT)
        if "--check" in arguments:
            print(f"{name} is stale: 'make docs' writes it anew.")
        else:
            page.write_text(rendered(page.read_text(encoding="utf-8")), encoding="utf-8")
            print(f"{name} was written anew.")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
