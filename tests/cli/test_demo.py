from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = Path(sys.executable).with_name("microcom")


def surroundings(folder: Path) -> Mapping[str, str]:
    """Return an environment with nothing in it but a home and a proxy that leads nowhere."""
    proxy = "http://127.0.0.1:9"
    return {"PATH": "", "HOME": str(folder), "TMPDIR": str(folder), "http_proxy": proxy}


def test_the_demo_agrees_with_its_ledger(tmp_path: Path) -> None:
    """The installed demo kills its worker, goes on, and every part is in the ledger once."""
    done = subprocess.run(
        [COMMAND, "demo", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=surroundings(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["world"] == "sandbox"
    assert document["data"]["counts"] == {"published": 7, "handed_over": 1}
    assert len(document["data"]["ledger"]) == 10
    rooms = {row["target"] for row in document["data"]["deliveries"]}
    platforms = {row["platform"] for row in document["data"]["deliveries"]}
    assert (len(rooms), len(platforms)) == (8, 3)
    receipts = {row["remote_id"] for row in document["data"]["deliveries"]}
    assert receipts < {post["remote_id"] for post in document["data"]["ledger"]}
    assert list(tmp_path.iterdir()) == []  # nothing is left behind


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_ends_what_it_started(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C or SIGTERM in the middle ends every process and takes the folder away."""
    with subprocess.Popen(
        [COMMAND, "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=surroundings(tmp_path),
    ) as process:
        assert process.stderr is not None
        told = [process.stderr.readline()]
        while "answers at" not in told[-1]:
            told.append(process.stderr.readline())
        (url,) = [word.rstrip(",") for word in told[-1].split() if word.startswith("http")]
        assert httpx.get(f"{url}/_/ledger").status_code == 200
        process.send_signal(number)
        out, err = process.communicate()
    assert process.returncode == 130
    assert out == ""
    assert "has ended" in err
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/_/ledger")
    assert list(tmp_path.iterdir()) == []
