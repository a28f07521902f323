"""The installed command over TCP: a large upload that is killed goes on at the chunk it reached."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import ACCOUNTS, now

from microcom.media.samples import video
from microcom.runner.sandbox import Sandbox, of_platforms, serve

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

COMMAND = Path(sys.executable).with_name("microcom")
MEBIBYTE = 1024 * 1024


class Counting:
    """A sandbox that counts the chunks it takes, and can stop at one of them."""

    def __init__(self) -> None:
        self.sandbox: Sandbox = of_platforms(now)
        self.chunks: list[str] = []
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.stop_at = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        path = str(environ["PATH_INFO"])
        if path.endswith("/append"):
            self.chunks.append(path)
            if len(self.chunks) == self.stop_at:
                self.reached.set()
                self.go_on.wait(30)
        return self.sandbox(environ, start)


@pytest.fixture
def counting() -> Iterator[tuple[Counting, str]]:
    """Return a counting sandbox, served, and its address."""
    counting = Counting()
    server = serve(counting)
    yield counting, server.url
    counting.go_on.set()
    server.stop()


@pytest.fixture
def run(tmp_path: Path, counting: tuple[Counting, str]) -> Callable[..., subprocess.Popen[str]]:
    """Return a way to start the installed command in a home of its own."""
    (tmp_path / "accounts.yaml").write_text(ACCOUNTS)
    environment = {"PATH": "", "HOME": str(tmp_path), "MICROCOM_HOME": str(tmp_path)}

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, *words],
            cwd=tmp_path,
            env=environment | {"MICROCOM_SANDBOX": counting[1]},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def test_a_killed_upload_goes_on(
    tmp_path: Path, counting: tuple[Counting, str], run: Callable[..., subprocess.Popen[str]]
) -> None:
    """Kill -9 at the sixth of twelve chunks: the next process sends the sixth and the rest."""
    service, _ = counting
    video(tmp_path / "a.mp4", seconds=0.6, width=64, height=96, at_least=12 * MEBIBYTE)
    service.stop_at = 6
    with run("post", "Film", "--media", "a.mp4", "--to", "acme-x") as first:
        assert service.reached.wait(30)
        first.kill()
        first.communicate()
    service.go_on.set()
    with run("worker") as second:
        while not service.sandbox.ledger()["posts"]:
            assert second.poll() is None
            threading.Event().wait(0.05)
        second.terminate()
        second.communicate()
    assert len(service.chunks) in {12, 13}  # the sixth had left once before
    (post,) = service.sandbox.ledger()["posts"]
    assert post["text"] == "Film"


def test_memory_stays_flat(
    tmp_path: Path, counting: tuple[Counting, str], run: Callable[..., subprocess.Popen[str]]
) -> None:
    """A video of 100 MiB takes hardly more memory than one of 100 kB."""
    del counting
    peaks: list[int] = []
    for size in (100_000, 100 * MEBIBYTE):
        video(tmp_path / f"{size}.mp4", seconds=0.6, width=64, height=96, at_least=size)
        with run("post", f"Film {size}", "--media", f"{size}.mp4", "--to", "acme-x") as process:
            assert process.stderr is not None
            said = process.stderr.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, said
        peaks.append(used.ru_maxrss * 1024)
    assert peaks[1] - peaks[0] < 32 * MEBIBYTE
