"""Cast files (TOML): read, checked, and written for a person to go on with.

narrator = "espeak:en-gb"

[voices]                      # of speakers who have none of their own
female = ["espeak:en-us+f3"]
others = ["espeak:en-us+m3", "espeak:en-us+m7"]

[languages]
fr = "espeak:fr"

[speakers]
Anna = "espeak:en-us+f2"

[speakers."Captain Reed"]
voice = "piper:en_US-ryan-high"
aliases = ["Reed", "the captain"]
rate = 1.1
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipeline.errors import CastError
from pipeline.limits import CAST_BYTES, CAST_SPEAKERS
from pipeline.script.casting.cast import GENDERS, Cast, Manner, Part, folded, is_name

_TOP = ("narrator", "dialogue", "directions", "voices", "languages", "speakers")
_SHARED = (*GENDERS, "others")
_MANNER = ("voice", "rate", "language", "parameters")
_SPEAKER = (*_MANNER, "aliases", "gender")
SLOWEST, FASTEST = 0.5, 2.5
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and those that end lines or turn the direction of what follows: written as escapes."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def read_cast(path: Path) -> Cast:
    """The cast in a file. Raises ``CastError``, one sentence with the file and the key."""
    try:
        with path.open("rb") as file:
            data = file.read(CAST_BYTES + 1)
    except OSError as error:
        raise CastError(
            f"The cast {path} cannot be read ({error.strerror}): check its name and its permissions."
        ) from error
    return parse_cast(data, str(path))


def parse_cast(data: bytes, origin: str) -> Cast:
    """As ``read_cast``, for the bytes of a file that ``origin`` names."""
    if len(data) > CAST_BYTES:
        raise CastError(f"The cast {origin} is larger than {CAST_BYTES >> 20} MB: no cast is that long.")
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CastError(f"The cast {origin} is not UTF-8 text: save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CastError(
            f"The cast {origin} is not TOML: {error}; names with spaces, or letters other than a to z, stand in "
            "quotation marks."
        ) from error
    _known(table, _TOP, origin)
    shared = _table(table, "voices", origin)
    _known(shared, _SHARED, f"[voices] of {origin}")
    return Cast(
        narrator=_manner(table.get("narrator", {}), f"narrator in {origin}"),
        dialogue=_text(table, "dialogue", origin),
        directions=_text(table, "directions", origin),
        **{name: _texts(shared, name, f"[voices] of {origin}") for name in _SHARED},
        languages=tuple(_languages(_table(table, "languages", origin), origin)),
        parts=_parts(_table(table, "speakers", origin), origin),
    )


def write_cast(cast: Cast, notes: Mapping[str, str] | None = None) -> str:
    """A cast as TOML: what ``parse_cast`` gives for it is the same cast. ``notes`` become comments, by speaker."""
    lines = []
    if manner := _written(cast.narrator):
        short = manner == {"voice": cast.narrator.voice}
        lines.append(f"narrator = {_value(cast.narrator.voice if short else manner)}")
    lines += [f"{name} = {_value(said)}" for name in _TOP[1:3] if (said := getattr(cast, name))]
    if shared := {name: getattr(cast, name) for name in _SHARED if getattr(cast, name)}:
        lines += ["", "[voices]", *(f"{name} = {_value(voices)}" for name, voices in shared.items())]
    if cast.languages:
        lines += ["", "[languages]", *(f"{_key(tag)} = {_value(voice)}" for tag, voice in cast.languages)]
    for part in cast.parts:
        lines += ["", *(f"# {line}" for line in (notes or {}).get(part.name, "").splitlines())]
        lines.append(f"[speakers.{_key(part.name)}]")
        lines += [f"{key} = {_value(said)}" for key, said in _written(part.manner).items()]
        lines += [f"gender = {_value(part.gender)}"] if part.gender else []
        lines += [f"aliases = {_value(part.aliases)}"] if part.aliases else []
    return "\n".join(lines).lstrip("\n") + "\n"


def _written(manner: Manner) -> dict[str, object]:
    return {
        key: dict(said) if key == "parameters" else said for key in _MANNER if (said := getattr(manner, key))
    }


def _parts(table: Mapping[str, Any], origin: str) -> tuple[Part, ...]:
    if len(table) > CAST_SPEAKERS:
        raise CastError(
            f"The cast {origin} has more than {CAST_SPEAKERS:,} speakers: leave the small ones out."
        )
    parts = tuple(_part(name, said, origin) for name, said in table.items())
    known: dict[str, str] = {}
    for part in parts:
        for name in (part.name, *part.aliases):
            if not is_name(name):
                raise CastError(f"The speaker {name[:40]!r} in {origin} is no name: a name has letters.")
            if (other := known.setdefault(folded(name), part.name)) != part.name:
                raise CastError(
                    f"The cast {origin} has {name!r} twice, for {other} and for {part.name}: keep one of them."
                )
    return parts


def _part(name: str, said: Any, origin: str) -> Part:
    where = f"the speaker {name!r} in {origin}"
    if isinstance(said, str):
        return Part(name, Manner(voice=said.strip()))
    if not isinstance(said, Mapping):
        raise CastError(f"What {where} has must be a voice or a table with {', '.join(_SPEAKER)}.")
    _known(said, _SPEAKER, where)
    gender = _text(said, "gender", where)
    if gender and gender not in GENDERS:
        raise CastError(f"The gender of {where} is {gender!r} but must be {' or '.join(GENDERS)}.")
    manner = _manner({key: said[key] for key in _MANNER if key in said}, where)
    return Part(name, manner, _texts(said, "aliases", where), gender)


def _manner(said: Any, where: str) -> Manner:
    if isinstance(said, str):
        return Manner(voice=said.strip())
    if not isinstance(said, Mapping):
        raise CastError(f"What {where} is must be a voice or a table with {', '.join(_MANNER)}.")
    _known(said, _MANNER, where)
    rate = said.get("rate", 0.0)
    if "rate" in said and not (_is_number(rate) and SLOWEST <= rate <= FASTEST):
        raise CastError(f"The rate of {where} must be a number from {SLOWEST} to {FASTEST}.")
    given = said.get("parameters", {})
    if not isinstance(given, Mapping) or not all(map(_is_number, given.values())):
        raise CastError(
            f"The parameters of {where} must be a table of numbers, such as {{ temperature = 0.7 }}."
        )
    language = _text(said, "language", where)
    if language and not _TAG.fullmatch(language):
        raise CastError(f"The language of {where} is {language!r} but must be a tag such as en-GB.")
    parameters = tuple(sorted((str(name), float(value)) for name, value in given.items()))
    return Manner(_text(said, "voice", where), float(rate), parameters, language)


def _languages(table: Mapping[str, Any], origin: str) -> Iterable[tuple[str, str]]:
    for tag in table:
        if not _TAG.fullmatch(tag):
            raise CastError(
                f"[languages] of {origin} has {tag!r}, which is no language: write a tag such as fr."
            )
        yield tag, _text(table, tag, f"[languages] of {origin}")


def _known(table: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
    for key in table:
        if key not in keys:
            near = get_close_matches(key, list(keys), 1)
            hint = f": did you mean {near[0]}?" if near else f"; there are: {', '.join(keys)}."
            raise CastError(f"There is no {key!r} in a cast, named in {where}{hint}")


def _table(table: Mapping[str, Any], key: str, origin: str) -> Mapping[str, Any]:
    found = table.get(key, {})
    if not isinstance(found, Mapping):
        raise CastError(f"{key!r} in {origin} must be a table: write [{key}].")
    return found


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    found = table.get(key, "")
    if not isinstance(found, str) or (key in table and not found.strip()):
        raise CastError(f"{key!r} of {where} must be a text.")
    return found.strip()


def _texts(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = table.get(key, [])
    found = [found] if isinstance(found, str) else found
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        raise CastError(f"{key!r} of {where} must be a list of texts.")
    return tuple(dict.fromkeys(one.strip() for one in found))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + _UNSHOWN.sub(lambda c: f"\\u{ord(c[0]):04x}", escaped) + '"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)


__all__ = ["parse_cast", "read_cast", "write_cast"]
