"""The local language model as the settings name it, and where its answers are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.llm import LocalModel

if TYPE_CHECKING:  # commands that only look import no catalog
    from storage.settings import Settings
    from storage.store import Store


def local_model(settings: Settings, tokens: int = 0) -> LocalModel:
    """The language model that the settings name; an answer of it may have so many ``tokens``, 0: as many as
    it will."""
    return LocalModel(
        settings.llm_url, settings.llm_model, settings.llm_password, settings.llm_seconds, tokens=tokens
    )


@dataclass
class Answers:
    """The model's answers, as they are kept: under what was asked."""

    kind: str
    """Of the artifact."""
    store: Store | None
    """Without one nothing is kept."""
    keys: list[str] = field(default_factory=list)
    """Those that were used, or made."""

    def recall(self, key: str) -> str | None:
        """The answer that is kept under a key."""
        kept = self.store.recall(key) if self.store else None
        if kept is not None:
            self.keys.append(key)
        return kept.detail if kept else None

    def keep(self, key: str, answer: str) -> None:
        """Keep an answer."""
        if self.store:
            self.store.keep(key, self.kind, b"{}", answer)
            self.keys.append(key)


__all__ = ["Answers", "local_model"]
