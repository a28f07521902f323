"""The dead-man timer, in a real process that is really stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

STOPPED = """
import os, signal
from datetime import timedelta
from microcom.runner import alarm
alarm.LAST_WORD = timedelta()
with alarm.DEAD_MAN.within(0.5):
    os.kill(os.getpid(), signal.SIGSTOP)
    print("sent", flush=True)
"""
IN_TIME = """
from microcom.runner.alarm import DEAD_MAN
with DEAD_MAN.within(30):
    print("sent", flush=True)
"""
ALARM_BIT = 1 << (signal.SIGALRM - 1)


def _rings(pid: int) -> bool:
    """Say whether the alarm waits for a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    pending = [line.split()[1] for line in status.splitlines() if line.startswith("ShdPnd")]
    return bool(int(pending[0], 16) & ALARM_BIT)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for what waits")
def test_a_process_that_stood_still_sends_nothing() -> None:
    """Stopped between mark and request, it is ended before its next instruction."""
    process = subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE)
    os.waitpid(process.pid, os.WUNTRACED)
    while not _rings(process.pid):
        os.sched_yield()
    process.send_signal(signal.SIGCONT)
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (-signal.SIGALRM, b"")


def test_a_call_in_time_is_left_alone() -> None:
    """A call that ends in time takes its alarm with it."""
    done = subprocess.run([sys.executable, "-c", IN_TIME], capture_output=True, check=True)
    assert done.stdout == b"sent\n"
