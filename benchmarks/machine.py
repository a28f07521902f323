"""The machine that figures were measured on, in a line: without it they say nothing."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

SYNCS = 200
PAGE = bytes(4096)


def described() -> str:
    """Return cores, memory, Python, and how long the disk takes to have a page for sure."""
    sync = 1000 * median(_syncs())
    return (
        f"{os.cpu_count()} cores, {_memory()}Python {platform.python_version()}; "
        f"a page is on disk after {sync:.2f} ms (median of {SYNCS})."
    )


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return ""
    return f"{size / 2**30:.0f} GiB, "


def _syncs() -> list[float]:
    """Write pages where the benchmarks have their queues, each waited for; return the waits."""
    waits: list[float] = []
    with (
        TemporaryDirectory(prefix="microcom-bench-") as folder,
        (Path(folder) / "pages").open("wb", buffering=0) as file,
    ):
        for _ in range(SYNCS):
            file.write(PAGE)
            begun = time.perf_counter()
            os.fsync(file.fileno())
            waits.append(time.perf_counter() - begun)
    return waits
