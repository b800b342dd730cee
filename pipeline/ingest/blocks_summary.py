"""What a table or a listing is, in a sentence, instead of what is in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from babel import Locale
from babel.lists import format_list

from pipeline.ingest.blocks_kinds import classes_of, text_of
from pipeline.ingest.blocks_tables import rows
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element, local_name

NAMED_COLUMNS = 8
"""Columns whose names are said; of a wider table their number is enough."""
_NAME_WORDS = 6
_CLASS = re.compile(
    r"^(?:language|lang|brush|highlight-source|highlight|sourcecode|src|prettyprint lang)[-:_]([a-z0-9+#.-]+)$"
)
_LANGUAGES = {
    "bash": "shell", "c": "C", "cpp": "C++", "c++": "C++", "cs": "C#", "csharp": "C#", "css": "CSS", "go": "Go",
    "golang": "Go", "haskell": "Haskell", "html": "HTML", "java": "Java", "javascript": "JavaScript",
    "js": "JavaScript", "json": "JSON", "kotlin": "Kotlin", "lua": "Lua", "php": "PHP", "perl": "Perl",
    "py": "Python", "py3": "Python", "python": "Python", "python3": "Python", "r": "R", "rb": "Ruby", "ruby": "Ruby",
    "rs": "Rust", "rust": "Rust", "scala": "Scala", "sh": "shell", "shell": "shell", "sql": "SQL", "swift": "Swift",
    "toml": "TOML", "ts": "TypeScript", "typescript": "TypeScript", "xml": "XML", "yaml": "YAML", "yml": "YAML",
    "zsh": "shell",
}  # fmt: skip
"""Names of programming languages as classes have them, and as they are said."""

Forms = Mapping[str, str]
"""By plural category (CLDR)."""

_TABLE: dict[str, tuple[str, str, Forms, Forms]] = {
    "en": (
        "A table with {columns} and {rows}.",
        "A table with {columns}: {names}, and {rows}.",
        {"one": "{} column", "other": "{} columns"},
        {"one": "{} row", "other": "{} rows"},
    ),
    "de": (
        "Eine Tabelle: {columns} und {rows}.",
        "Eine Tabelle: {columns}, nämlich {names}, und {rows}.",
        {"one": "{} Spalte", "other": "{} Spalten"},
        {"one": "{} Zeile", "other": "{} Zeilen"},
    ),
    "fr": (
        "Un tableau : {columns} et {rows}.",
        "Un tableau : {columns}, {names}, et {rows}.",
        {"one": "{} colonne", "other": "{} colonnes"},
        {"one": "{} ligne", "other": "{} lignes"},
    ),
    "es": (
        "Una tabla con {columns} y {rows}.",
        "Una tabla con {columns}: {names}, y {rows}.",
        {"one": "{} columna", "other": "{} columnas"},
        {"one": "{} fila", "other": "{} filas"},
    ),
    "ru": (
        "Таблица: {columns} и {rows}.",
        "Таблица: {columns}: {names}; {rows}.",
        {"one": "{} столбец", "few": "{} столбца", "other": "{} столбцов"},
        {"one": "{} строка", "few": "{} строки", "other": "{} строк"},
    ),
}
_CODE: dict[str, tuple[Forms, Forms]] = {
    "en": (
        {"one": "{} line of code.", "other": "{} lines of code."},
        {"one": "{} line of {name} code.", "other": "{} lines of {name} code."},
    ),
    "de": (
        {"one": "{} Zeile Programmtext.", "other": "{} Zeilen Programmtext."},
        {"one": "{} Zeile Programmtext in {name}.", "other": "{} Zeilen Programmtext in {name}."},
    ),
    "fr": (
        {"one": "{} ligne de code.", "other": "{} lignes de code."},
        {"one": "{} ligne de code {name}.", "other": "{} lignes de code {name}."},
    ),
    "es": (
        {"one": "{} línea de código.", "other": "{} líneas de código."},
        {"one": "{} línea de código {name}.", "other": "{} líneas de código {name}."},
    ),
    "ru": (
        {"one": "{} строка кода.", "few": "{} строки кода.", "other": "{} строк кода."},
        {
            "one": "{} строка кода: {name}.",
            "few": "{} строки кода: {name}.",
            "other": "{} строк кода: {name}.",
        },
    ),
}


def summary(kind: str, element: Element, language: str) -> str | None:
    """A sentence about a table or a listing in a language (BCP 47); empty for what is not worth one.

    None for all else, and in languages that it is not known in.
    """
    tag = language.lower().partition("-")[0]
    if kind == "table" and tag in _TABLE:
        return _of_table(element, tag)
    if kind == "code" and tag in _CODE:
        return of_code("".join(element.itertext()), tag, _language_in(element))
    return None


def of_code(text: str, tag: str, name: str = "") -> str:
    """A sentence about a listing in the language ``tag`` (``name``: the program's)."""
    lines = sum(1 for line in text.splitlines() if line.strip())
    forms = _CODE[tag][bool(name)]
    return _form(forms, lines, tag).replace("{name}", name) if lines else ""


def _of_table(table: Element, tag: str) -> str:
    cells = [row for row in rows(table) if row]
    if not cells:
        return ""
    headed = all(local_name(cell) == "th" for cell in cells[0]) or _is_in_head(cells[0][0])
    width = max(len(row) for row in cells)
    names = [text_of(cell) for cell in cells[0]] if headed else []
    plain, named, columns, row_forms = _TABLE[tag]
    caption = next((text_of(e) for e in table if local_name(e) == "caption"), "")
    count = len(cells) - headed
    if count < (1 if headed else 2):
        return ""
    said = all(name and len(name.split()) <= _NAME_WORDS for name in names) and len(names) == width
    form = named if said and 0 < width <= NAMED_COLUMNS else plain
    sentence = form.format(
        columns=_form(columns, width, tag),
        rows=_form(row_forms, count, tag),
        names=format_list(names, locale="en_GB" if tag == "en" else tag) if names else "",
    )
    end = "" if not caption or caption.endswith((".", "!", "?", "…", ":")) else "."
    return fold(f"{caption}{end} {sentence}")


def _is_in_head(cell: Element) -> bool:
    return any(local_name(above) == "thead" for above in cell.iterancestors())


def _language_in(element: Element) -> str:
    """What language a listing says that it is in; empty where it does not."""
    around = [element, *element.iterdescendants(), *element.iterancestors()][:12]
    for one in around:
        if not isinstance(one.tag, str):
            continue
        for name in sorted(classes_of(one)):
            if (match := _CLASS.match(name)) and match[1] in _LANGUAGES:
                return _LANGUAGES[match[1]]
        if (said := (one.get("data-lang") or one.get("data-language") or "").lower()) in _LANGUAGES:
            return _LANGUAGES[said]
    return ""


def _form(forms: Forms, count: int, tag: str) -> str:
    return forms.get(Locale(tag).plural_form(count), forms["other"]).replace("{}", str(count))


__all__ = ["of_code", "summary"]
