from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_the_demo_agrees_with_its_ledger(tmp_path: Path) -> None:
    """The installed demo kills its worker, goes on, and every part is in the ledger once."""
    done = subprocess.run(
        [Path(sys.executable).with_name("microcom"), "demo", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": "", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["world"] == "sandbox"
    assert document["data"]["counts"] == {"published": 3}
    assert len(document["data"]["ledger"]) == 5
    receipts = {row["remote_id"] for row in document["data"]["deliveries"]}
    assert receipts < {post["remote_id"] for post in document["data"]["ledger"]}
    assert list(tmp_path.iterdir()) == []  # nothing is left behind
