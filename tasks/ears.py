"""Whether the takes of a production are listened to, and by whom."""

from __future__ import annotations

from pipeline.errors import RecogniserUnavailable, VoxpressError
from pipeline.hear.recogniser import Recogniser
from pipeline.hear.registry import open_recogniser
from pipeline.settings import CheckSettings
from storage.rows import Production
from tasks.context import Context
from tasks.queues import ASR_QUEUE

DEAF_TO = "the speech recognition here does not know the language “{language}”"
"""Why a take was not listened to: the end of a sentence."""
SMALL_BYTES = 600_000_000
"""Up to this size of its model a recogniser counts as quick on a CPU: Whisper's ``small`` has 484 MB, ``medium`` has
1.5 GB and takes more than three times as many operations for each second (table 1 of its paper, by parameters)."""


def recogniser_of(context: Context) -> Recogniser:
    """Who listens in this process. Raises ``RecogniserUnavailable``."""
    return open_recogniser(context.settings.recogniser, context.ears)


def is_quick(context: Context) -> bool:
    """Whether takes are listened to here without being asked for."""
    try:
        recogniser = recogniser_of(context)
    except VoxpressError:
        return False
    return context.ears.device != "cpu" or recogniser.size <= SMALL_BYTES


def ears_of(context: Context, production: Production) -> str:
    """How strictly the takes of a production are listened to (a policy); empty: not at all.

    Raises ``RecogniserUnavailable`` when that was asked for and cannot be here. Takes of a shared production are
    listened to elsewhere: a worker that serves ``asr`` will do, and where there is none, the production says so.
    """
    check = production.settings.check
    if check.by == "asr":
        if not production.shared:
            _require(context, production.language)
        return check.policy
    if check.by != "auto":
        return ""
    if production.shared:
        return check.policy if _served(context) else ""
    return check.policy if is_quick(context) and recogniser_of(context).hears(production.language) else ""


def why_unheard(context: Context, production: Production) -> str:
    """Why nobody listens to a production's takes where nothing was asked for: the end of a sentence."""
    if production.shared:
        return "no worker served the queue 'asr' when it was planned"
    try:
        recogniser = recogniser_of(context)
    except VoxpressError as error:
        return str(error)[:1].lower() + str(error)[1:].rstrip(".")
    if not recogniser.hears(production.language):
        return DEAF_TO.format(language=production.language)
    if not is_quick(context):
        return (
            f"the model of {recogniser.name} has {recogniser.size / 1e9:.1f} GB, which is slow on a CPU:"
            " '--check asr' has it listen all the same"
        )
    return "there was no model when it was planned: the same command with '--check asr' has one listen"


def require_ears(context: Context, check: CheckSettings, language: str = "") -> None:
    """Raise ``RecogniserUnavailable`` when ``check`` asks this host to listen and it cannot."""
    if check.by == "asr":
        _require(context, language)


def _require(context: Context, language: str) -> None:
    recogniser = recogniser_of(context)
    if language and not recogniser.hears(language):
        raise RecogniserUnavailable(
            f"The model of {recogniser.name} does not know the language “{language}”: name another one with "
            "'asr_model', or check with '--check signal'."
        )


def _served(context: Context) -> bool:
    return any(ASR_QUEUE in worker.queues for worker in context.store.catalog.workers())
