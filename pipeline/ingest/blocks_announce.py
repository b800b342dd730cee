"""The sentences that stand in for what is left out, by language."""

from __future__ import annotations

_ANNOUNCEMENTS: dict[str, dict[str, str]] = {
    "table": {
        "en": "Table left out.",
        "de": "Tabelle ausgelassen.",
        "fr": "Tableau omis.",
        "es": "Tabla omitida.",
        "it": "Tabella omessa.",
        "pt": "Tabela omitida.",
        "ru": "Таблица пропущена.",
        "zh": "表格略。",
        "ja": "表は省略します。",
        "ar": "حُذف جدول.",
    },
    "code": {
        "en": "Code left out.",
        "de": "Programmtext ausgelassen.",
        "fr": "Code omis.",
        "es": "Código omitido.",
        "it": "Codice omesso.",
        "pt": "Código omitido.",
        "ru": "Код пропущен.",
        "zh": "代码略。",
        "ja": "コードは省略します。",
        "ar": "حُذفت شيفرة.",
    },
}


def announcement(kind: str, language: str) -> str:
    """The sentence that stands in for something left out; empty when there is none for that kind."""
    sentences = _ANNOUNCEMENTS.get(kind, {})
    return sentences.get(language.lower().partition("-")[0], sentences.get("en", ""))


__all__ = ["announcement"]
