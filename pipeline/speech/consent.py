"""That somebody may be imitated: who allowed it, when, and for what."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from pipeline.errors import SettingsError
from pipeline.limits import CONSENT_CHARACTERS
from pipeline.model import Consent

_DAY = re.compile(r"(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-])")
_OWN = re.compile(r"(?:my )?own(?: voice)?\s*[:,]\s*", re.IGNORECASE)


def parse_consent(line: str) -> Consent:
    """``WHO, WHEN, FOR WHAT``, where WHEN is a day such as 2026-05-01; ``own voice: WHO`` for one's own.

    Raises ``SettingsError`` naming what is missing.
    """
    line = " ".join(line.split())
    own = _OWN.match(line)
    days = list(_DAY.finditer(line))
    if len(days) != 1:
        said = "names no day" if not days else "names more than one day"
        raise SettingsError(f"The consent {said}: write it as WHO, YYYY-MM-DD, FOR WHAT.")
    who = line[own.end() if own else 0 : days[0].start()].strip(" ,;")
    purpose = line[days[0].end() :].strip(" ,;.")
    return checked_consent(Consent(who, days[0].group(), purpose, own=own is not None))


def checked_consent(consent: Consent) -> Consent:
    """The consent, if it says all that it must. Raises ``SettingsError``."""
    if len(str(consent)) > CONSENT_CHARACTERS or not str(consent).isprintable():
        raise SettingsError(f"The consent must be one line of at most {CONSENT_CHARACTERS} characters.")
    if not consent.who:
        raise SettingsError("The consent does not say who gave it: write it as WHO, YYYY-MM-DD, FOR WHAT.")
    if not consent.purpose:
        raise SettingsError("The consent does not say for what: write it as WHO, YYYY-MM-DD, FOR WHAT.")
    try:
        day = date.fromisoformat(consent.when)
    except ValueError as error:
        raise SettingsError(
            f"{consent.when} is no day: write when consent was given as YYYY-MM-DD."
        ) from error
    if day > datetime.now(UTC).date() + timedelta(days=1):  # it may be tomorrow where they live
        raise SettingsError(
            f"The consent is of {consent.when}, which is yet to come: write when it was given."
        )
    return consent
