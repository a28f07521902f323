"""Keeping an eye on it: status, doctor, the timer, and a monitor that is told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

if TYPE_CHECKING:
    from tests.cli.house import House

CRONTAB = """#!{python}
import pathlib, sys
file = pathlib.Path(r"{file}")
if sys.argv[1:] == ["-l"]:
    if not file.exists():
        sys.exit("no crontab for tester")
    sys.stdout.write(file.read_text())
elif sys.argv[1:] == ["-"]:
    file.write_text(sys.stdin.read())
else:
    sys.exit("usage error")
"""


@pytest.fixture
def crontab(house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a crontab program that is strict, and the only timer here."""
    folder, file = house.home / "bin", house.home / "crontab.txt"
    folder.mkdir()
    (folder / "crontab").write_text(CRONTAB.format(python=sys.executable, file=file))
    (folder / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return file


def findings(said: object) -> dict[str, str]:
    """Return what each finding is about, and its level."""
    rows = said.document["data"]["findings"]  # type: ignore[attr-defined]
    return {row["about"]: row["level"] for row in rows}


def test_all_is_well(rehearsal: House) -> None:
    """Where everything is out and the queue is run, status says so and exits 0."""
    rehearsal.run("post", "Hello", "--to", "acme-x")
    rehearsal.run("run")
    said = rehearsal.run("status")
    assert (said.code, said.out.splitlines()[-1]) == (0, "All is well.")


def test_what_needs_a_person(rehearsal: House) -> None:
    """What is overdue, held, in doubt or parked is named with its number and the next command."""
    rehearsal.run("post", "Hello", "--to", "acme-x")
    rehearsal.run("post", "Later", "--to", "lumen-x", "--at", "+1h")
    hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1_000_000)
    with queue_of(rehearsal) as store:
        store.db.run("UPDATE delivery SET due_at = :at WHERE id = 2", at=hour_ago)
        store.db.run("UPDATE lane SET next_at = :at WHERE next_at IS NOT NULL", at=hour_ago)
        store.accounts.park("acme-x", "the token is no longer accepted")
    said = rehearsal.run("status")
    assert said.code == 5
    assert "1 delivery (#2) overdue, by up to 1 h" in said.out
    assert "microcom queue show 2" in said.out
    assert "account acme-x is parked: the token is no longer accepted" in said.out
    found = findings(rehearsal.run("status", "--json"))
    assert (found["overdue"], found["parked"]) == ("person", "person")
    assert findings(rehearsal.run("status", "--json", "--client", "nobody")).get("overdue") is None


def test_no_queue_is_not_all_well(house: House) -> None:
    """Without a queue status fails and makes none."""
    assert house.run("status").code == 2
    assert not (house.home / "queue.db").exists()


@pytest.mark.sqlite("the server of tests takes back what it confirmed, which is a fault")
def test_a_machine_that_can_publish(rehearsal: House) -> None:
    """The doctor tries everything against the sandbox and finds it well."""
    rehearsal.run("post", "Hello", "--to", "acme-x")
    said = rehearsal.run("doctor")
    assert said.code == 0, said.out
    assert said.out.splitlines()[-1] == "This machine can publish."
    found = findings(rehearsal.run("doctor", "--json"))
    assert set(found) >= {
        "accounts file",
        "queue",
        "vault",
        "disk",
        "media",
        "x",
        "clock",
        "acme-x",
    }
    assert set(found.values()) == {"ok"}


def test_a_machine_that_cannot(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fault has what to do; the exit code is 1."""
    monkeypatch.setenv("MICROCOM_VAULT", "file")
    (house.home / "accounts.yaml").write_text("project: studio\naccounts: {a: {platform: x}}\n")
    said = house.run("doctor")
    assert said.code == 1
    assert "✗ accounts file" in said.out
    assert "microcom check" in said.out
    assert "✗ vault" in said.out
    assert "microcom vault init --file" in said.out


def test_as_a_timer_sees_it(rehearsal: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """--as-cron looks from another home, without the variables of this terminal."""
    monkeypatch.delenv("MICROCOM_SANDBOX")
    elsewhere = rehearsal.home / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("MICROCOM_VAULT", "file")
    rehearsal.run("vault", "init", "--file")
    (rehearsal.home / "accounts.yaml").write_text("project: studio\n")
    said = rehearsal.run("doctor", "--as-cron", "--home", str(elsewhere), "--json")
    assert findings(said)["vault"] == "ok"
    monkeypatch.delenv("MICROCOM_HOME")
    monkeypatch.setenv("HOME", str(rehearsal.home))
    said = rehearsal.run("doctor", "--as-cron", "--home", str(elsewhere), "--json")
    assert findings(said)["vault"] == "fault"
    assert findings(said)["queue"] == "warning"


def test_a_line_of_cron(house: House, crontab: Path) -> None:
    """The line is shown first, added once, and removed alone; other lines are left as they are."""
    others = "# mine\n5 4 * * * backup --all % x\n"
    crontab.write_text(others)
    said = house.run("timer", "install", "--dry-run")
    assert (said.code, "MICROCOM_HOME=" in said.err) == (0, True)
    assert crontab.read_text() == others
    house.run("timer", "install")
    once = crontab.read_text()
    assert once.startswith(others)
    (line,) = once.removeprefix(others).splitlines()
    assert line.startswith("* * * * * MICROCOM_HOME=")
    assert line.endswith("run # microcom timer")
    house.run("timer", "install")
    assert crontab.read_text() == once
    assert "is installed" in house.run("timer", "status").out
    assert "is removed" in house.run("timer", "remove").out
    assert crontab.read_text() == others
    assert "There is no cron timer" in house.run("timer", "remove").out


def test_the_line_runs(house: House, crontab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the crontab is what a shell with next to no environment can run."""
    home = house.home / "a folder % of ours"
    home.mkdir()
    monkeypatch.setenv("MICROCOM_HOME", str(home))
    house.run("timer", "install")
    command = crontab.read_text().split(" ", 5)[5].replace("\\%", "%")
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": "/usr/bin:/bin", "HOME": "/"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"There is no queue at {home}/queue.db" in done.stderr


@pytest.mark.usefixtures("crontab")
def test_a_systemd_timer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit files carry this machine's settings; without systemctl nothing is claimed."""
    monkeypatch.setenv("HOME", str(house.home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    said = house.run("timer", "install", "--kind", "systemd", "--dry-run")
    assert f'Environment="MICROCOM_HOME={house.home}"' in said.err
    assert "Persistent=true" in said.err
    said = house.run("timer", "install", "--kind", "systemd")
    assert (said.code, "no systemctl" in said.err) == (2, True)
    assert list(house.home.rglob("microcom.*")) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [(["install", "--kind", "sundial"], "timer.kind"), (["status", "--kind", "x"], "timer.kind")],
)
def test_bad_input(house: House, words: list[str], code: str) -> None:
    """Each mistake is a sentence with what to do."""
    said = house.run("timer", *words, "--json")
    assert said.code == 2
    assert said.document["problems"][0]["code"] == code


def test_a_timer_knows_the_server_but_no_password(
    house: House, crontab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the queue is goes along; a password would stand there in clear, and does not."""
    monkeypatch.setenv("MICROCOM_MEDIA", "/srv/media")
    monkeypatch.setenv("MICROCOM_DATABASE", "postgresql://me:canary-17@db/queue")
    said = house.run("timer", "install")
    assert (said.code, crontab.exists()) == (2, False)
    assert "~/.pgpass" in said.err
    assert "canary" not in said.out + said.err
    monkeypatch.setenv("MICROCOM_DATABASE", "postgresql://me@db/queue")
    house.run("timer", "install")
    line = crontab.read_text()
    assert "MICROCOM_DATABASE=postgresql://me@db/queue MICROCOM_MEDIA=/srv/media" in line


def test_no_timer_for_a_sandbox(rehearsal: House) -> None:
    """Nobody's crontab is filled with a rehearsal."""
    assert rehearsal.run("timer", "install").code == 2
    said = rehearsal.run("doctor", "--as-cron")
    assert (said.code, "this is a sandbox" in said.err) == (2, True)


class Monitor(BaseHTTPRequestHandler):
    """A monitor that notes what it is asked for."""

    asked: list[str] = []  # noqa: RUF012 - the server makes a handler for each call
    status = 200

    def do_GET(self) -> None:
        """Note the call."""
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Write no log."""


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Monitor]]:
    """Return a monitor that this machine tells of its runs."""
    server = HTTPServer(("127.0.0.1", 0), Monitor)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(Monitor, "asked", [])
    address = f"http://127.0.0.1:{server.server_port}/ping/canary-77?a=1"
    monkeypatch.setenv("MICROCOM_HEARTBEAT", address)
    yield Monitor
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_monitor_hears_of_each_good_run(
    house: House, monitor: type[Monitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a run that went well the address is asked for once; redirects are not followed."""
    from microcom.runner.clock import SystemClock
    from microcom.store import open_store

    open_store(str(house.home / "queue.db"), "real", SystemClock(), actor="t", create=True).close()
    assert house.run("run").code == 0
    assert monitor.asked == ["/ping/canary-77?a=1"]
    done = subprocess.run(
        [sys.executable, "-m", "microcom", "run"],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(monitor.asked)) == (0, 2)
    monkeypatch.setattr(Monitor, "status", 302)
    said = house.run("run")
    assert (said.code, len(monitor.asked)) == (0, 3)
    assert "answered 302" in said.err
    assert "canary" not in said.err


def test_an_address_that_is_none(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only https, or this machine, is told; the address is not repeated."""
    from microcom.runner.clock import SystemClock
    from microcom.store import open_store

    open_store(str(house.home / "queue.db"), "real", SystemClock(), actor="t", create=True).close()
    monkeypatch.setenv("MICROCOM_HEARTBEAT", "http://monitor.example/canary-77")
    said = house.run("run")
    assert said.code == 2
    assert "https" in said.err
    assert "canary" not in said.err
