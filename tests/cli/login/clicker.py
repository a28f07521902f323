"""A person in front of a real Chromium: types a name, clicks a button, reads where that leads.

As a program (``python clicker.py [--answer deny] [--as NAME] [--without SCOPE] [--notes FILE]
ADDRESS``) it is what ``BROWSER`` names. It speaks the browser's own debugging protocol over a pair
of pipes, with the keys and the mouse of that protocol: what is clicked is what is seen.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ALONE = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
"""No name but this machine's leads anywhere."""
OPTIONS = (
    "--headless",
    "--allow-pre-commit-input",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    f"--host-resolver-rules={ALONE}",
)
MIDDLE = """(() => {
  const element = document.querySelector(%s);
  element.scrollIntoView({block: "center", behavior: "instant"});
  const box = element.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""
READY = """new Promise(done => {
  const shown = () => requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
  document.readyState === "complete" ? shown() : window.addEventListener("load", shown);
})"""
"""Loaded is not shown: before its first frame a page has no focus, and drops what is clicked."""
LONGEST = 25
"""Seconds after which a person goes away; a browser ends with the pipe to it."""
PHONE = 500
"""Pixels below which a screen is a phone's."""
FROM_US, TO_US = 3, 4
"""The descriptors at which Chromium reads and writes."""
BECOME = f"""import os, sys
os.dup2(int(sys.argv[1]), {FROM_US})
os.dup2(int(sys.argv[2]), {TO_US})
os.execv(sys.argv[3], sys.argv[3:])"""
"""Puts the pipes where Chromium wants them, in a process of its own, and becomes Chromium."""


def chromium() -> str | None:
    """Return the browser of this machine."""
    return shutil.which("chromium")


class Page:
    """The one page of a browser of its own."""

    def __init__(self, home: str) -> None:
        self.requests: list[str] = []
        """The addresses that were asked for since :meth:`watch`."""
        self._seen: list[str] = []
        self._asked = 0
        self._session: str | None = None
        self._process, self._to, self._from = _started(home)
        pages = self._ask("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in pages if one["type"] == "page")
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._ask("Page.enable")

    def open(self, address: str) -> None:
        """Go to an address."""
        self._ask("Page.navigate", url=address)
        self._value(READY)

    def watch(self) -> None:
        """Note from now on whatever is asked for."""
        self._ask("Network.enable")

    def become(self, width: int, height: int, colours: str) -> None:
        """Be a screen of that size, for somebody who prefers ``light`` or ``dark``."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self._ask("Emulation.setDeviceMetricsOverride", mobile=width < PHONE, **size)
        likes = [{"name": "prefers-color-scheme", "value": colours}]
        self._ask("Emulation.setEmulatedMedia", features=likes)

    def title(self) -> str:
        """Return the title of what is shown."""
        return str(self._value("document.title"))

    def tell(self, script: str) -> Any:  # noqa: ANN401 - whatever the script answers
        """Return what a script finds out."""
        return self._value(script)

    def picture(self) -> bytes:
        """Return the whole page as a PNG."""
        taken = self._ask("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        self._ask("Input.insertText", text=text)

    def click(self, selector: str, *, leads_on: bool = False) -> None:
        """Click the middle of an element; where that leads on, wait for the next page."""
        x, y = self._value(MIDDLE % json.dumps(selector))
        self._seen.clear()
        for kind in ("mousePressed", "mouseReleased"):
            at = {"x": x, "y": y, "button": "left", "clickCount": 1}
            self._ask("Input.dispatchMouseEvent", type=kind, **at)
        if leads_on:
            self._until("Page.loadEventFired")

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self._ask("Browser.close")
        self._process.wait(timeout=10)
        self._to.close()
        self._from.close()

    def _value(self, script: str) -> Any:  # noqa: ANN401 - whatever the script answers
        words = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = self._ask("Runtime.evaluate", **words)
        return answer["result"]["value"]

    def _ask(self, method: str, **words: Any) -> dict[str, Any]:  # noqa: ANN401 - as in JSON
        self._asked += 1
        call: dict[str, Any] = {"id": self._asked, "method": method, "params": words}
        if self._session is not None:
            call["sessionId"] = self._session
        self._to.write(json.dumps(call).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("id") == self._asked:
                result = said["result"]
                assert isinstance(result, dict)
                return result
            self._note(said)

    def _until(self, event: str) -> None:
        while event not in self._seen:
            self._note(self._read())
        self._seen.clear()

    def _note(self, said: dict[str, Any]) -> None:
        event = said.get("method", "")
        self._seen.append(event)
        if event == "Network.requestWillBeSent":
            self.requests.append(said["params"]["request"]["url"])

    def _read(self) -> dict[str, Any]:
        text = b""
        while (letter := self._from.read(1)) != b"\0":
            if not letter:
                raise EOFError(f"the browser ended: {text!r}")
            text += letter
        said = json.loads(text)
        assert isinstance(said, dict)
        return said


def _started(home: str) -> tuple[subprocess.Popen[bytes], Any, Any]:
    """Start a browser; return it and both ends that are ours."""
    theirs, ours = _pipe(), _pipe()
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    program = chromium()
    assert program is not None
    words = [program, *OPTIONS, *root, f"--user-data-dir={home}", "about:blank"]
    process = subprocess.Popen(
        [sys.executable, "-c", BECOME, str(theirs[0]), str(ours[1]), *words],
        pass_fds=(theirs[0], ours[1]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for one in (theirs[0], ours[1]):
        os.close(one)
    return process, os.fdopen(theirs[1], "wb", 0), os.fdopen(ours[0], "rb")


def _pipe() -> tuple[int, int]:
    """Return the ends of a pipe, out of the way of the numbers that Chromium wants."""
    low = os.pipe()
    read, write = (fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in low)
    for one in low:
        os.close(one)
    return read, write


def main(words: list[str]) -> None:
    """Answer the page at the end of a command line; note the titles of what was seen."""
    signal.alarm(LONGEST)
    *options, address = words
    given = dict(zip(options[::2], options[1::2], strict=True))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        page = Page(home)
        page.open(address)
        titles = [page.title()]
        page.type(given["--as"])
        if without := given.get("--without"):
            page.click(f'input[value="{without}"]')
        page.click(f'button[value="{given.get("--answer", "allow")}"]', leads_on=True)
        titles.append(page.title())
        page.close()
    if notes := given.get("--notes"):
        Path(notes).write_text("\n".join(titles), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
