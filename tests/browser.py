"""Chromium without a window, driven through its debugging pipe: real pointers and keys."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium is installed: the page was not opened"
)
_KEYS = {"Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39, "Tab": 9}
_FAINT = """((within, least) => {
    const rgb = text => [...text.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
    const linear = v => v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4;
    const light = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
    const ground = e => {
        for (; e; e = e.parentElement) {
            const color = rgb(getComputedStyle(e).backgroundColor);
            if (color[3] > 0.9) return color;
        }
        return [255, 255, 255, 1];
    };
    const said = e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
    const seen = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
    const found = new Set();
    const texts = [...document.querySelectorAll(`${within} :not(svg *)`)].filter(e => said(e) && seen(e));
    if (!texts.length) throw new Error(`no text within ${within}`);
    for (const e of texts) {
        const under = ground(e), over = rgb(getComputedStyle(e).color);
        const mixed = [0, 1, 2].map(i => over[i] * over[3] + under[i] * (1 - over[3]));
        const [low, high] = [light(mixed), light(under)].sort((a, b) => a - b);
        if ((high + 0.05) / (low + 0.05) < least) found.add(`${e.className}: ${e.textContent.slice(0, 30)}`);
    }
    return [...found];
})"""
# The browser reads commands from descriptor 3 and writes answers to 4.
_START = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(text), fcntl.F_DUPFD_CLOEXEC, 10) for text in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One page. What it asked the network for is in `requests`, what it complained of in `complaints`."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the debugging protocol."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        message |= {"sessionId": self._session} if self._session else {}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        while True:
            answer = self._read()
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            data = os.read(self._back, 1 << 20)
            assert data, "Chromium has gone"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        about = told.get("params", {})
        if told.get("method") == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif told.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(about["exceptionDetails"]))
        elif told.get("method") == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.complaints.append(about["entry"]["text"])
        elif told.get("method") == "Runtime.consoleAPICalled" and about["type"] in ("error", "assert"):
            self.complaints.append(json.dumps(about["args"]))
        return told

    def open(
        self, file: Path, width: int = 1280, height: int = 900, dark: bool = False, at: str = ""
    ) -> None:
        """Open a file, and wait for its script to have run."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.scheme("dark" if dark else "light")
        self.call("Page.navigate", url="about:blank")
        self.requests.clear()
        self.complaints.clear()
        self.call("Page.navigate", url=file.as_uri() + at)
        self.until("document.readyState === 'complete' && location.protocol === 'file:'")

    def scheme(self, name: str) -> None:
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str, seconds: float = 10.0) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.ask(f"Boolean({expression})"):
            assert time.monotonic() < end, f"never came true: {expression}"
            time.sleep(0.01)

    def texts(self, selector: str) -> list[str]:
        return list(self.ask(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)"))

    def faint(self, within: str = "body") -> list[str]:
        """Texts that stand out from their ground by less than 4.5 to 1.

        Level AA of the Web Content Accessibility Guidelines 2.2 (w3.org/TR/WCAG22, 1.4.3) asks for that.
        Fails where there is no text at all.
        """
        return list(self.ask(f"{_FAINT}({json.dumps(within)}, 4.5)"))

    def middle(self, selector: str) -> tuple[float, float]:
        """The middle of the first such element, in view."""
        x, y = self.ask(
            f"(() => {{ const found = document.querySelector({json.dumps(selector)});"
            "found.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = found.getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        return x, y

    def point_at(self, selector: str) -> tuple[float, float]:
        x, y = self.middle(selector)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        return x, y

    def click(self, selector: str) -> None:
        x, y = self.point_at(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        known: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
        known |= {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **known)
        self.call("Input.dispatchKeyEvent", type="keyUp", **known)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def choose(self, selector: str, value: str) -> None:
        """Choose an option of a select, as its own list does."""
        changed = "e.dispatchEvent(new Event('change', {bubbles: true}))"
        found = f"document.querySelector({json.dumps(selector)})"
        self.ask(f"(e => {{ e.value = {json.dumps(value)}; {changed}; }})({found})")

    def picture(self, file: Path, full: bool = False) -> None:
        """Write what the page looks like."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=full)["data"]
        file.write_bytes(base64.b64decode(data))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, gone at the end with all that it wrote."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        commands, to = os.pipe()
        back, answers = os.pipe()
        command = [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank",
        ]  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(commands), str(answers), *command],
            pass_fds=(commands, answers),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        try:
            yield Browser(to, back)
        finally:
            process.terminate()
            process.wait(timeout=30)
            os.close(to)
            os.close(back)
