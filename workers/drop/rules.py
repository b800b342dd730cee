"""What is to be made of what lies in a folder: ``voxpress.toml`` at the top of a drop folder and in its subfolders.

It says what a profile says (``[voice]``, ``[audio]``, ``[reading]``, ``[pauses]``), may name a profile of the
operator's, and has a few words of its own. A subfolder's counts on top of those above it. Whoever may put
books into a drop folder may write this file: it can say nothing about the machine, run nothing, and put
editions nowhere but into the library. A ``lexicon.toml`` beside it says how words are to be read, a ``cast.toml``
who speaks with which voice.
"""

from __future__ import annotations

import errno
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from pipeline.errors import SettingsError
from pipeline.limits import CAST_BYTES, LEXICON_BYTES
from pipeline.script.casting.cast import Cast
from pipeline.script.casting.files import parse_cast
from pipeline.script.lexicon import Entry
from pipeline.script.lexicon.files import checked, parse_lexicon
from pipeline.serial import key_of
from pipeline.settings import ProductionSettings
from storage.rows import Priority
from storage.settings import FILE_NAME, Settings, with_profile, with_table
from tasks.casting import CAST_NAME, cast_for
from tasks.keys import cast_key, lexicon_key, settings_told
from tasks.lexicons import LEXICON_NAME, lexicon_for
from workers.drop.files import read_start

AFTERWARDS = ("move", "keep", "delete")
"""What becomes of a source whose book is done: it goes to ``done/``, stays, or goes."""
RULES_BYTES = 64 * 1024
"""Largest ``voxpress.toml`` of a drop folder."""
_OWN = ("profile", "output", "feed", "priority", "done")

Feeds = Callable[[str, ProductionSettings], tuple[Path, ProductionSettings]]
"""By a show's name: where the editions go that become its episodes, and how they are made where settings are these.
Raises ``SettingsError`` when there is no such show."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one folder."""

    production: ProductionSettings
    output: Path
    """Folder that editions are put into."""
    priority: Priority = Priority.NORMAL
    done: str = "move"
    """One of ``AFTERWARDS``."""
    lexicon: tuple[Entry, ...] = ()
    """What the lexicons say that hold here."""
    cast: Cast | None = None
    """The cast that holds here: that of the nearest folder."""

    def work(self, digest: str) -> str:
        """The key of making this of that content: what has the same one is made once."""
        reading = replace(self.production.reading, password="")
        lexicon = lexicon_key(self.lexicon) if self.lexicon else ""
        cast = cast_key(self.cast) if self.cast else ""
        production = replace(self.production, reading=reading, lexicon=lexicon, cast=cast)
        return key_of("intake", 1, digest, str(self.output), settings_told(production))


def default_rules(settings: Settings) -> Rules:
    """What holds where nothing else is said."""
    lexicon, cast = lexicon_for(settings, "-"), cast_for(settings.production)
    return Rules(settings.production, settings.output, lexicon=lexicon, cast=cast)


def no_feeds(name: str, settings: ProductionSettings) -> tuple[Path, ProductionSettings]:
    """Where nobody knows shows. Raises ``SettingsError``."""
    raise SettingsError(f"There is no show {name!r}: 'voxpress feed create {name}' makes one.")


def read_rules(
    root: int, shown: Path, folders: Sequence[str], base: Rules, home: Path, feeds: Feeds = no_feeds
) -> Rules:
    """What holds in the folder ``folders`` below the open drop folder ``root``; ``shown`` is that one's path.

    Raises ``SettingsError`` when a ``voxpress.toml`` on the way cannot be used.
    """
    rules = base
    for depth in range(len(folders) + 1):
        path = "/".join((*folders[:depth], FILE_NAME))
        table = _table(root, path, str(shown / path))
        if table:
            rules = _with(rules, table, str(shown / path), base.output, home, feeds)
        path = "/".join((*folders[:depth], LEXICON_NAME))
        if entries := _lexicon(root, path, str(shown / path)):
            rules = replace(rules, lexicon=checked((*rules.lexicon, *entries), str(shown / path)))
        path = "/".join((*folders[:depth], CAST_NAME))
        if cast := _cast(root, path, str(shown / path)):
            rules = replace(rules, cast=cast)
    return rules


def _cast(root: int, path: str, origin: str) -> Cast | None:
    try:
        return _parsed_cast(read_start(root, path, CAST_BYTES + 1), origin)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(origin, error, "a cast") from error


@lru_cache(maxsize=64)
def _parsed_cast(data: bytes, origin: str) -> Cast:
    """Read once, as lexicons are."""
    return parse_cast(data, origin)


def _lexicon(root: int, path: str, origin: str) -> tuple[Entry, ...]:
    try:
        return _parsed(read_start(root, path, LEXICON_BYTES + 1), origin)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unreadable(origin, error, "a lexicon") from error


@lru_cache(maxsize=64)
def _parsed(data: bytes, origin: str) -> tuple[Entry, ...]:
    """Read once, although the folder is looked at all the time."""
    return parse_lexicon(data, origin)


def _unreadable(origin: str, error: OSError, what: str) -> SettingsError:
    reason = "it is a link" if error.errno == errno.ELOOP else os.strerror(error.errno or errno.EIO)
    return SettingsError(f"{origin} cannot be read as {what}: {reason}.")


def _table(root: int, path: str, origin: str) -> Mapping[str, object]:
    try:
        data = read_start(root, path, RULES_BYTES + 1)
        if len(data) > RULES_BYTES:
            raise SettingsError(
                f"{origin} is larger than {RULES_BYTES // 1024} KB: no settings are that long."
            )
        return tomllib.loads(data.decode())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(origin, error, "settings") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{origin} cannot be read as settings: {error}.") from error


def _with(
    rules: Rules, table: Mapping[str, object], origin: str, library: Path, home: Path, feeds: Feeds
) -> Rules:
    own = {key: value for key, value in table.items() if key in _OWN}
    sections = {key: value for key, value in table.items() if key not in _OWN}
    _check_own(own, sections, origin)
    production = rules.production
    if "feed" in own:
        try:
            output, production = feeds(str(own["feed"]), production)
        except SettingsError as error:
            raise SettingsError(f"{origin} sets 'feed'. {error}") from error
        rules = replace(rules, production=production, output=output)
    if "profile" in own:
        production = with_profile(production, str(own["profile"]), home)
        rules = replace(rules, cast=cast_for(production) or rules.cast)
    rules = replace(rules, production=with_table(production, sections, origin))
    if "output" in own:
        rules = replace(rules, output=_inside(library, str(own["output"]), origin))
    if "priority" in own:
        rules = replace(rules, priority=Priority[str(own["priority"]).upper()])
    return replace(rules, done=str(own.get("done", rules.done)))


def _check_own(own: Mapping[str, object], sections: Mapping[str, object], origin: str) -> None:
    if "feed" in own and "output" in own:
        raise SettingsError(f"{origin} sets 'feed' and 'output': what becomes an episode goes into its show.")
    for key, value in own.items():
        if not isinstance(value, str):
            raise SettingsError(f"The setting {key} in {origin} must be a text.")
    casting = sections.get("casting")
    if isinstance(casting, Mapping) and "cast" in casting:
        raise SettingsError(
            f"{origin} sets 'casting.cast', but names no files: put the cast beside it, as {CAST_NAME}."
        )
    music = sections.get("music")
    if isinstance(music, Mapping) and (named := sorted({"intro", "outro", "bed"} & music.keys())):
        raise SettingsError(
            f"{origin} sets 'music.{named[0]}', but names no files: name a profile that does, in this host's own "
            f"{FILE_NAME}."
        )
    known = {"priority": [p.name.lower() for p in Priority], "done": list(AFTERWARDS)}
    for key, values in known.items():
        if key in own and own[key] not in values:
            raise SettingsError(
                f"The setting {key} in {origin} is {own[key]!r} but must be {', '.join(values[:-1])} or {values[-1]}."
            )
    for key, value in sections.items():
        if not isinstance(value, Mapping):
            there = ", ".join((*_OWN, "[reading]", "[voice]", "[audio]", "[pauses]"))
            raise SettingsError(
                f"There is no setting {key!r} for a drop folder, named in {origin}; there are: {there}."
            )


def _inside(library: Path, wanted: str, origin: str) -> Path:
    """A folder of the library: who may drop a book may not write elsewhere."""
    path = PurePosixPath(os.path.normpath(library / wanted))
    if "\0" in wanted or not path.is_relative_to(library):
        raise SettingsError(
            f"The setting output in {origin} is {wanted!r} but must be a folder inside the library {library}: "
            "watch this drop folder by itself, with --out, for another one."
        )
    return Path(path)
