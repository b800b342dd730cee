"""What somebody else has to be asked, who may never answer: asked aside, so that nobody waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


class Asking(Generic[T]):
    """Called again and again for the answer that was had last; never waits for a new one.

    At most one question is under way, in a thread that the process does not wait for at its end: a question that is
    never answered costs a thread, and the answer stays what it was.
    """

    def __init__(self, name: str, ask: Callable[[], T], every: float) -> None:
        """``ask`` is called in the thread ``name``, at most once in ``every`` seconds; what it raises is logged."""
        self._name, self._ask, self._every = name, ask, every
        self._began = float("-inf")
        self._thread: threading.Thread | None = None
        self._answer: T | None = None

    def __call__(self) -> T | None:
        """What was answered last; None before the first answer. Ask anew when it is time."""
        now = time.monotonic()
        answered = self._thread is None or not self._thread.is_alive()
        if answered and now - self._began >= self._every:
            self._began = now
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        return self._answer

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except Exception as error:  # as a fault of any other duty: it must not end those that are well
            log.warning("%s: %s", self._name, error, exc_info=log.isEnabledFor(logging.DEBUG))
