"""A browser that is driven: headless Chromium, spoken to over a pipe in its DevTools protocol.

Only what the tests of pages need, without a library: messages are JSON texts that end with a zero byte
(https://chromedevtools.github.io/devtools-protocol/, and ``--remote-debugging-pipe``).
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Self

import pytest

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
needs_browser = pytest.mark.skipif(
    not BROWSER, reason="NO BROWSER: install chromium to look at pages with it"
)
PATIENCE = 60.0
"""Seconds for any one answer, and for anything that is waited for."""
_KEYS = {
    " ": ("Space", 32),
    "Enter": ("Enter", 13),
    "Escape": ("Escape", 27),
    "Tab": ("Tab", 9),
    "ArrowLeft": ("ArrowLeft", 37),
    "ArrowRight": ("ArrowRight", 39),
    "PageDown": ("PageDown", 34),
}


class PageFailed(AssertionError):
    """A script of the page, or one that was put to it, raised."""


class Browser:
    """One Chromium with a profile of its own."""

    def __init__(self, profile: Path, *options: str) -> None:
        """Start it."""
        there, ours = os.pipe(), os.pipe()
        command = [
            BROWSER,
            "--headless",
            "--no-sandbox",  # root may not have one
            "--disable-gpu",
            "--hide-scrollbars",
            "--mute-audio",
            "--autoplay-policy=no-user-gesture-required",
            "--disable-ipc-flooding-protection",  # tests change addresses faster than people
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
            *options,
            "about:blank",
        ]

        def arrange() -> None:
            """In the child: it reads what is said on descriptor 3 and answers on 4."""
            spare = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (there[0], ours[1])]
            os.dup2(spare[0], 3)
            os.dup2(spare[1], 4)

        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=arrange,
            pass_fds=(3, 4),
        )
        os.close(there[0])
        os.close(ours[1])
        self._out, self._in = there[1], ours[0]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._in, selectors.EVENT_READ)
        self._read = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, params: Mapping[str, Any] | None = None, session: str = "") -> dict[str, Any]:
        """Send a command and return what comes of it."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": dict(params or {})}
        if session:
            message["sessionId"] = session
        data = memoryview(json.dumps(message).encode() + b"\0")
        while data:
            data = data[os.write(self._out, data) :]
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._next(deadline)
            if answer.get("id") != self._number:
                self.events.append(answer)
                continue
            assert "error" not in answer, (method, answer["error"])
            result: dict[str, Any] = answer["result"]
            return result

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._read:
            assert self._selector.select(deadline - time.monotonic()), "the browser does not answer"
            block = os.read(self._in, 1 << 20)
            assert block, "the browser is gone"
            self._read += block
        text, _, self._read = self._read.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def close(self) -> None:
        """End it."""
        self._selector.close()
        os.close(self._out)
        os.close(self._in)  # it ends when nobody is at the other end
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Tab:
    """One page, in a window that shares nothing with others."""

    def __init__(
        self, browser: Browser, width: int = 1100, height: int = 800, *, phone: bool = False
    ) -> None:
        """Open an empty one."""
        self.browser = browser
        self.context = browser.ask("Target.createBrowserContext")["browserContextId"]
        wanted = {"url": "about:blank", "browserContextId": self.context}
        target = browser.ask("Target.createTarget", wanted)["targetId"]
        attached = browser.ask("Target.attachToTarget", {"targetId": target, "flatten": True})
        self.session = attached["sessionId"]
        size = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.ask("Emulation.setDeviceMetricsOverride", size)
        self.ask("Page.enable")
        self.ask("Runtime.enable")
        self.ask("Log.enable")
        self._provoked: list[str] = []

    def ask(self, method: str, /, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a command of this page."""
        return self.browser.ask(method, params, self.session)

    def open(self, page: Path, fragment: str = "") -> None:
        """Load a page from disk and wait until it is there."""
        self.ask("Page.navigate", {"url": "about:blank"})
        self.ask("Page.navigate", {"url": page.as_uri() + fragment})
        self.wait("location.protocol === 'file:' && document.readyState === 'complete'")

    def reload(self) -> None:
        """Load it again, as a reader does."""
        self.run("window.isOld = true")
        self.ask("Page.reload")
        self.wait("!window.isOld && document.readyState === 'complete'")

    def prefer(self, **features: str) -> None:
        """Set media features: ``prefers_color_scheme="dark"``; ``media="print"`` sets the medium."""
        medium = features.pop("media", "")
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.ask("Emulation.setEmulatedMedia", {"media": medium, "features": named})

    def run(self, script: str) -> Any:
        """The value of an expression, awaited where it is a promise."""
        answer = self.ask(
            "Runtime.evaluate", {"expression": script, "returnByValue": True, "awaitPromise": True}
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageFailed(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression is true."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self.run(f"!!({condition})"):
                    return
            except AssertionError:  # between two pages
                pass
            assert time.monotonic() < deadline, f"this never came true: {condition}"
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            code, number = _KEYS.get(key, ("", ord(key[0].upper())))
            down = {"key": key, "code": code, "windowsVirtualKeyCode": number}
            text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
            self.ask("Input.dispatchKeyEvent", {"type": "keyDown", **down, **text})
            self.ask("Input.dispatchKeyEvent", {"type": "keyUp", **down})

    def click(self, x: float, y: float) -> None:
        """Click with the mouse at a point of the window."""
        point = {"x": x, "y": y, "button": "left", "clickCount": 1}
        self.ask("Input.dispatchMouseEvent", {"type": "mousePressed", **point})
        self.ask("Input.dispatchMouseEvent", {"type": "mouseReleased", **point})

    def click_on(self, selector: str) -> None:
        """Click in the middle of an element."""
        box = self.run(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        self.click(*box)

    def wheel(self, down: float) -> None:
        """Turn the mouse wheel over the middle of the window."""
        point = {"type": "mouseWheel", "x": 400, "y": 300, "deltaX": 0, "deltaY": down}
        self.ask("Input.dispatchMouseEvent", point)

    def photograph(self, picture: Path) -> None:
        """What is seen, as PNG."""
        picture.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", {"format": "png"})["data"]))

    def barriers(self, least: int = 15) -> list[str]:
        """What axe-core finds that keeps somebody from using the page; it must have looked at ``least`` rules."""
        axe = (resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
        self.run(f"{axe}; 0")
        look = "v => v.id + ': ' + v.nodes.map(n => n.html).join(' | ')"
        passed, found = self.run(f"axe.run().then(r => [r.passes.length, r.violations.map({look})])")
        assert passed >= least
        return list(found)

    def provoked(self, *texts: str) -> None:
        """Wait for complaints with these texts, the test's own doing, and forgive them however often they come.

        The browser reports them when it likes: they may come after the page has long shown what is wrong.
        """
        deadline = time.monotonic() + PATIENCE
        while missing := [text for text in texts if not any(text in one for one in self.complaints())]:
            assert time.monotonic() < deadline, f"the browser did not complain: {missing}"
            time.sleep(0.02)
        self._provoked += texts

    def complaints(self) -> list[str]:
        """What the browser wrote into its console until now: errors, refusals of the page's policy.

        Without what was provoked.
        """
        self.run("0")
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            params = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(params["exceptionDetails"])[:500])
            elif event["method"] == "Log.entryAdded" and params["entry"]["level"] in ("warning", "error"):
                found.append(params["entry"]["text"])
        return [one for one in found if not any(text in one for text in self._provoked)]

    def close(self) -> None:
        """Close the page and forget what it kept."""
        self.browser.ask("Target.disposeBrowserContext", {"browserContextId": self.context})


@contextmanager
def tab(browser: Browser, width: int = 1100, height: int = 800, *, phone: bool = False) -> Iterator[Tab]:
    """A page that is closed at the end."""
    opened = Tab(browser, width, height, phone=phone)
    try:
        yield opened
    finally:
        opened.close()
