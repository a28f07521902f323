"""How much memory uploading a video of a gibibyte takes, beside a run that waits.

From the repository's top:

    .venv/bin/python -m benchmarks.upload [--mebibytes 1 1024]

Each video goes out in chunks to a sandbox in another process. Memory is the most that a process
ever had resident; idle is a run that waits. The budget: 64 MiB above idle. The video is
a short film, made longer by an empty box that players skip (ISO 14496-12, 8.1.2) and that takes no
room on the disk; its copy in the media folder does.
"""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.children import Cost, costs
from benchmarks.stagehand import COMMAND, Stand, counted, rows, say, stand

from microcom import platforms
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.target import Target
from microcom.intake.cache import open_config
from microcom.intake.places import find_places
from microcom.media.kept import MediaStore
from microcom.media.probe import look
from microcom.media.samples import video
from microcom.runner.clock import SystemClock
from microcom.runner.http import Http
from microcom.runner.ready import logged_in
from microcom.store import open_store

BUDGET = 64.0
MIB = 1 << 20
IDLE_FOR = "3s"
"""After so long an idle worker has loaded all that it loads."""
ACCOUNTS = """microcom: 1
project: benchmark
timezone: UTC
accounts:
  film: {platform: tiktok, handle: film}
"""


def main() -> None:
    """Measure, and print one table."""
    sizes = _asked().mebibytes
    idle = _idle()
    lines = [["microcom run, nothing to do", "", f"{idle / MIB:.0f}", "", ""]]
    most = 0.0
    for size in sizes:
        cost = _sent(size)
        above = (cost.peak - idle) / MIB
        most = max(most, above)
        peak = f"{cost.peak / MIB:.0f}"
        words = f"microcom run, {size:,} MiB of video"
        lines.append([words, f"{cost.wall:.1f}", peak, f"{above:.0f}", f"{cost.cpu:.1f}"])
    rows(("what", "wall s", "memory MiB", "above idle", "CPU s"), lines)
    say()
    kept = "kept" if most < BUDGET else "missed"
    say(f"Budget {kept}: {most:.0f} MiB above idle at most, less than {BUDGET:.0f} asked.")


def _idle() -> int:
    """Return the most memory that a worker has which waits, in bytes."""
    with stand() as here:
        _film_account(here)
        return costs((*COMMAND, "run", "--for", IDLE_FOR), here, 0).peak


def _sent(mebibytes: int) -> Cost:
    """Return what sending a video of a size costs."""
    with stand() as here, TemporaryDirectory(prefix="microcom-bench-") as folder:
        film = Path(folder) / "film.mp4"
        video(film, seconds=3, width=540, height=960)
        _lengthen(film, mebibytes * MIB)
        _film_account(here)
        _queue(here, film)
        cost = costs((*COMMAND, "run"), here, 0)
        count = len(here.ledger())
        assert count == 1, f"{count} videos are out"  # noqa: S101 - a benchmark's own
        return cost


def _film_account(here: Stand) -> None:
    """Log an account in that posts films."""
    (here.home / "accounts.yaml").write_text(ACCOUNTS, encoding="utf-8")
    places, clock = find_places(here.environment), SystemClock()
    config = open_config(places, platforms, None, here.home)
    Path(places.queue).parent.mkdir(parents=True, mode=0o700)
    made = open_store(places.queue, places.world, clock, actor="benchmark", create=True)
    with closing(made) as store:
        store.accounts.register(config, ["film"])
        logged_in(store, lambda: Http(sandbox=places.world, sleep=clock.sleep), "film")


def _queue(here: Stand, film: Path) -> None:
    """Queue a film that is due now, as a draft in the account's inbox."""
    places, clock = find_places(here.environment), SystemClock()
    media = replace(look(film), name=film.name)
    MediaStore(places.media).keep(film, media.sha256)
    snapshot = Snapshot(("A long film",), media=(media,))
    fresh = Fresh(Target("film", "inbox"), snapshot, clock.now(), "UTC", "film")
    with closing(open_store(places.queue, places.world, clock, actor="benchmark")) as store:
        known = store.accounts.find("film")
        assert known is not None  # noqa: S101 - logged in a moment ago
        store.queue.add([(fresh, known)])


def _lengthen(film: Path, size: int) -> None:
    """Make a film so many bytes long, with an empty box at its end."""
    missing = size - film.stat().st_size
    with film.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(missing.to_bytes(4, "big") + b"free")
        file.truncate(size)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.upload", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--mebibytes", type=counted, nargs="+", default=[1, 1024])
    return parser.parse_args()


if __name__ == "__main__":
    main()
