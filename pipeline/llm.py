"""A language model that runs on a machine of the user's own: how it is asked, and how its answers are read.

One model serves all that a model can help with: who speaks in a book, conversations, summaries. It is asked
through an OpenAI-compatible endpoint (``/chat/completions``: Ollama, llama.cpp, vLLM, LocalAI), whose address
comes from the settings only. What it says is data: bounded in size and time, and believed only after it was
checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipeline.errors import EngineUnavailable, ModelError, SpeechFailed
from pipeline.speech.server_client import ServerClient
from pipeline.speech.servers import SpeechServer

T = TypeVar("T")

ANSWER_BYTES = 1 << 20
"""Of one answer; one that is longer is none."""
ATTEMPTS = 3
"""How often the same thing is asked for, until the answer can be used."""
CHARACTERS_PER_TOKEN = 2.5
"""Of languages that are written without a space, and of names, a token holds fewer; this errs on that side."""
_REMEMBERED = 4000
"""Characters of an answer that could not be used which it is shown again."""

Message = Mapping[str, str]
Ask = Callable[[Sequence[Message]], str]
"""Gives a conversation to the model and returns what it says. Raises ``ModelError`` when it cannot be asked."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model behind an OpenAI-compatible endpoint."""

    url: str
    """Up to ``/v1``."""
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 300.0
    """Seconds that one answer may take, from the first byte asked to the last one read."""
    patience: float = 30.0
    """Seconds for which a server that is away or busy, perhaps loading the model, is asked again."""
    tokens: int = 0
    """Most that one answer may have; 0: as many as the server allows."""

    def ask(self, messages: Sequence[Message]) -> str:
        """What the model answers. Raises ``ModelError``."""
        body: dict[str, object] = {
            "model": self.model,
            "messages": list(messages),
            "temperature": 0,
            "seed": 0,
            "stream": False,
            "response_format": {"type": "json_object"},
        }
        if self.tokens:
            body["max_tokens"] = self.tokens
        server = SpeechServer("llm", self.url, timeout=self.timeout, key=self.key, model=self.model)
        try:
            reply = _Client(server, patience=self.patience).speak(
                "/chat/completions", body, most=ANSWER_BYTES
            )
        except (EngineUnavailable, SpeechFailed) as error:
            raise ModelError(str(error)) from error
        try:
            return str(reply.json()["choices"][0]["message"]["content"] or "")
        except (LookupError, TypeError) as error:
            raise ModelError(
                f"The language model {self.model} at {self.url} answers with something that is no chat: check the "
                "address in the settings (llm_url), which ends with /v1."
            ) from error


class _Client(ServerClient):
    @property
    def called(self) -> str:
        """What messages call it."""
        return f"The language model “{self.server.model}” at {self.address}"


def answered(
    ask: Ask,
    messages: Sequence[Message],
    check: Callable[[str], tuple[T | None, str]],
    attempts: int = ATTEMPTS,
    name: str = "",
) -> T:
    """An answer that can be used.

    ``check`` reads what the model said: what it is worth, None for nothing, and a sentence for the model about
    what is wrong, empty where all is well. What is wrong is asked for again, and after the last attempt the
    latest answer that was worth anything is taken. ``name`` is the model's, for messages. Raises ``ModelError``
    when the model cannot be asked, or none was.
    """
    worth: T | None = None
    wrong = ""
    asked = list(messages)
    for _ in range(attempts):
        said = ask(asked)
        found, wrong = check(said)
        if found is not None:
            worth = found
            if not wrong:
                return found
        asked = [
            *messages,
            {"role": "assistant", "content": said[:_REMEMBERED]},
            {"role": "user", "content": f"{wrong} Answer again, with one JSON object and nothing else."},
        ]
    if worth is None:
        raise ModelError(
            f"The language model{f' {name}' if name else ''} gave no answer that can be used, {attempts} times "
            f"({wrong.rstrip('.')}): try another model, or do without one."
        )
    return worth


def object_in(said: str) -> Any:
    """The JSON object in what a model said: some put it between fences, or talk first; None where there is none."""
    start, end = said.find("{"), said.rfind("}")
    if not 0 <= start < end:
        return None
    try:
        found = json.loads(said[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


__all__ = [
    "ANSWER_BYTES",
    "ATTEMPTS",
    "CHARACTERS_PER_TOKEN",
    "Ask",
    "LocalModel",
    "Message",
    "answered",
    "object_in",
]
