"""The pages about platforms say what the platforms' own data says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_platforms_pages_are_fresh() -> None:
    """`make docs` would change nothing."""
    done = subprocess.run(
        [sys.executable, "scripts/platform_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
