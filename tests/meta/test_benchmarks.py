"""The benchmarks run: with tiny numbers, and without a look at what they measure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TINY = {
    "claims": (
        ["--deliveries", "8", "--accounts", "4", "--workers", "2", "--engines", "sqlite"],
        "microcom, published",
    ),
    "drain": (["--deliveries", "6", "--accounts", "3", "--jobs", "2"], "Each text is out exactly"),
    "duescan": (["--sizes", "20", "--rounds", "1"], "a claim"),
    "lateness": (["--accounts", "3", "--jobs", "2", "--ahead", "1"], "The 99th percentile"),
    "peers": (["--rounds", "1"], "microcom --help"),
    "plans": (["--files", "2", "--taken", "100"], "next free slot"),
    "sameness": (["--sizes", "20", "--rounds", "2"], "earlier posts"),
    "scale": (
        ["--waiting", "40", "--past", "20", "--accounts", "10", "--clients", "2", "--rounds", "0"],
        "bytes a delivery",
    ),
    "startup": (["--rounds", "1"], "microcom queue cancel"),
    "upload": (["--mebibytes", "1"], "above idle at most"),
}


@pytest.mark.parametrize("name", TINY)
def test_a_benchmark_runs(name: str, tmp_path: Path) -> None:
    """Each script gets to its table, and what it published is out exactly once."""
    words, said = TINY[name]
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": "", "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert not list(tmp_path.iterdir())
