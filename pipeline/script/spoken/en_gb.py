"""English outside America: as ``en``, but the day comes first in 3/4/2005."""

from __future__ import annotations

from dataclasses import replace

from pipeline.script.spoken.en import LANGUAGE as AMERICAN
from pipeline.script.spoken.en_dates import DATES, day_first
from pipeline.script.spoken.en_dates import month_first as american

LANGUAGE = replace(
    AMERICAN,
    tag="en-gb",
    rules=tuple(
        replace(rule, say=day_first) if rule in DATES and rule.say is american else rule
        for rule in AMERICAN.rules
    ),
)
