"""What a running line looks like, for files of so few pages that nothing comes again.

No single sign is enough: a line that stands apart at a page's end may be a title, a caption or a signature, too. Each
sign is worth some points, and ``ENOUGH`` of them make running matter of a line.
"""

from __future__ import annotations

import re

ENOUGH = 3
SMALLER = 0.95
"""Of the running text's size: less is set smaller on purpose."""
LONG = 160
"""Characters: more are no running line."""

_IMPRINT = re.compile(
    r"©|\(c\) ?(?:19|20)\d\d|copyright|all rights reserved|downloaded (?:from|by|on)|download date|"
    r"published (?:by|in|online)|printed (?:in|on|by)|\bISSN\b|\bISBN\b|\bdoi\b|https?://|www\.|\barxiv:|"
    r"\bvol(?:ume)?\.? ?\d|\bno\. ?\d|\brev(?:ision)?[.:]? ?\d|\bversion \d|\bv\d+\.\d|\bP/N\b|confidential|"
    r"\bdraft\b|\bpreprint\b|alle rechte vorbehalten|все права защищены|tous droits réservés|"
    r"todos los derechos reservados|版权所有|版權所有|جميع الحقوق محفوظة",
    re.I,
)
_DATED = re.compile(
    r"^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:,? \d{1,2}:\d\d(?: ?[AP]M)?)?|\d{4}-\d\d-\d\d|"
    r"\d{1,2}\.? [^\W\d_]{3,9}\.? (?:19|20)\d\d|[^\W\d_]{3,9} (?:19|20)\d\d)\b",
    re.I,
)
_BYLINE = re.compile(r"^(?:by|von|par|por|автор:?|作者)\s", re.I)
_CAPTION = re.compile(r"^(?:fig|tab|abb|plate|рис|табл|chart|scheme|source|quelle|图|表|圖)", re.I)


def is_imprint(text: str) -> bool:
    """Tell whether the line says who publishes, prints, owns or sends the file, or which issue of it this is."""
    return _IMPRINT.search(text) is not None


def points(
    text: str,
    *,
    scale: float,
    gap: float,
    spread: bool,
    numbered: bool,
    bold: bool,
    italic: bool,
    goes_on: bool,
) -> int:
    """How much a line at a page's end looks like running matter.

    ``scale`` is its size over the running text's, ``gap`` the white to the text in the text's ems; ``spread``:
    it is set to both sides; ``numbered``: a number stands at one of its ends; ``goes_on``: the text beside it
    begins in the middle of a sentence.
    """
    if len(text) > LONG or _CAPTION.match(text) or _BYLINE.match(text):
        return 0
    letters = [char for char in text if char.isalpha()]
    found = 0
    found += 2 * (scale < SMALLER and (not bold or spread))
    found += 2 * spread
    found += 2 * (numbered and not text.rstrip().endswith((".", ":", ",")))
    found += 2 * is_imprint(text)
    found += bool(_DATED.match(text)) + italic
    found += len(letters) > 3 and all(char.isupper() for char in letters)
    found += 2 * goes_on
    found += gap > 2
    return found - 2 * (text.rstrip().endswith((".", ",", ";")) and not is_imprint(text))


__all__ = ["ENOUGH", "LONG", "is_imprint", "points"]
