"""Pulling a model of an engine's manifest: its licence, its hashes, and how far it is."""

from __future__ import annotations

import sys
from pathlib import Path

from cli.output import err, say
from cli.pulling import require_reachable, with_bar
from pipeline.errors import SettingsError
from pipeline.pulling.files import Progress
from pipeline.pulling.hub import PUBLIC_HUB
from pipeline.speech.manifest import PullableModel
from pipeline.speech.pull_model import accept as remember
from pipeline.speech.pull_model import is_accepted, pull_model
from storage.settings import Settings


def pull_shown_model(
    model: PullableModel,
    settings: Settings,
    hashes: list[str] | None,
    *,
    accept: bool,
    trust_first: bool,
    quiet: bool,
) -> None:
    """Pull it, after its licence was accepted where that must be done. Raises ``SettingsError`` where it was not."""
    source = settings.models_from or PUBLIC_HUB
    require_reachable(source, offline=settings.offline)
    model = model.with_hashes(dict(_hash_of(one) for one in hashes or []))
    if not quiet:
        say(f"{model.id}: {model.about} Licence: {model.licence}.")
    _require_accepted(model, settings.voices_dir, accept=accept)

    def get(progress: Progress | None = None) -> Path:
        return pull_model(model, settings.voices_dir, source, trust_first=trust_first, progress=progress)

    if quiet:
        get()
        return
    with_bar(model.id, get)
    say(f"{model.id} is installed: 'voxpress voices list' shows its voices where {model.engine} can run.")


def _require_accepted(model: PullableModel, voices_dir: Path, *, accept: bool) -> None:
    if is_accepted(model, voices_dir):
        return
    where = f" ({model.licence_url})" if model.licence_url else ""
    if not accept and sys.stdin.isatty() and sys.stderr.isatty():
        err.print(f"Read the licence{where}. Do you accept it? [y/N] ", end="", markup=False)
        accept = sys.stdin.readline().strip().lower() in ("y", "yes")
    if not accept:
        raise SettingsError(
            f"{model.id} is under the licence {model.licence}: read it{where}, and accept it with --accept-licence."
        )
    remember(model, voices_dir)


def _hash_of(text: str) -> tuple[str, str]:
    path, equals, sha256 = text.partition("=")
    if not equals:
        raise SettingsError(
            f"--sha256 takes FILE=HEX, e.g. model.safetensors=9f86d08...; '{text}' has no '='."
        )
    return path.strip(), sha256.strip().lower()
