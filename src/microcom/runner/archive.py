"""Reading an export: nothing of it is believed before all of it agrees with its manifest.

Names are taken from a fixed list, sizes are bounded before anything is unpacked, each member is
held against its SHA-256, and each row against the columns it is for.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from microcom.core.archive import (
    LARGEST_MANIFEST,
    LONGEST_ROW,
    MANIFEST,
    MOST_SQUEEZED,
    SECRETS,
    Manifest,
    damaged,
    foreign,
    may_be,
    table,
)
from microcom.core.delivery import OVER, State
from microcom.errors import UserError
from microcom.store.dump import shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from zipfile import ZipInfo

    from microcom.core.steps import JsonValue

BLOCK = 1 << 20
ROOM = 1 << 20
"""Bytes up to which a member may be squeezed as much as it likes."""


class Archive:
    """An export that was opened; ``manifest`` is what it says of itself.

    Raises UserError ``archive.*``: for a file that is no export, is damaged, or is of a newer
    microcom.
    """

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        try:
            self._zip = ZipFile(path)
        except (BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise foreign(self.path) from error
        except OSError as error:
            message = f"The export {path} cannot be read: {error.strerror or error}."
            raise UserError(message, code="archive.unreadable") from error
        try:
            self.manifest = self._manifest()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def size(self) -> int:
        """Return how many bytes everything in it takes."""
        return sum(member.bytes for member in self.manifest.members.values())

    def check(self) -> Counter[str]:
        """Read all of it, and return how many deliveries are in each state.

        Raises UserError ``archive.damaged`` where anything is not as it was written.
        """
        states: Counter[str] = Counter()
        place = self.manifest.columns["delivery"].index("state")
        for name in self.manifest.columns:
            for row in self.rows(name):
                if name == "delivery":
                    states[str(row[place])] += 1
        for name in self.manifest.members:
            if not name.startswith("tables/"):
                for _ in self.blocks(name):
                    pass
        if any(state not in set(State) for state in states):
            raise damaged(self.path, "a delivery is in a state that there is not")
        return states

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield what a member holds; at its end it was whole."""
        digest, size = hashlib.sha256(), 0
        wanted = self.manifest.members[name]
        with self._reading(), self._zip.open(name) as member:
            while block := member.read(min(BLOCK, wanted.bytes - size + 1)):
                digest.update(block)
                size += len(block)
                if size > wanted.bytes:
                    break
                yield block
        if size != wanted.bytes or digest.hexdigest() != wanted.sha256:
            raise damaged(self.path, f"{name} is not what it was")

    def content(self, name: str) -> bytes:
        """Return a small member whole."""
        if self.manifest.members[name].bytes > LARGEST_MANIFEST:
            raise damaged(self.path, f"{name} is too large")
        return b"".join(self.blocks(name))

    def rows(self, name: str) -> Iterator[list[JsonValue]]:
        """Yield the rows of a table, each of values that its columns take."""
        columns = {column.name: column for column in shape(self.manifest.schema)[name]}
        takes = [columns[one].takes for one in self.manifest.columns[name]]
        count = 0
        for line in self._lines(table(name)):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise damaged(self.path, f"a row of {name} cannot be read") from error
            if not isinstance(row, list) or len(row) != len(takes):
                raise damaged(self.path, f"a row of {name} has other columns")
            if not all(take(value) for take, value in zip(takes, row, strict=True)):
                raise damaged(self.path, f"a row of {name} holds what does not belong there")
            count += 1
            yield row
        if count != self.manifest.rows[name]:
            raise damaged(self.path, f"rows of {name} are missing")

    def _lines(self, name: str) -> Iterator[bytes]:
        rest = b""
        for block in self.blocks(name):
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
            if len(rest) > LONGEST_ROW:
                raise damaged(self.path, f"a row in {name} has no end")
        if rest:
            raise damaged(self.path, f"{name} ends in the middle of a row")

    def _manifest(self) -> Manifest:
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        if MANIFEST not in names:
            raise foreign(self.path)
        strange = next((name for name in names if not may_be(name)), None)
        if strange is not None:
            raise damaged(self.path, f"it holds {strange[:80]!r}, which no export has")
        manifest = Manifest.of(self._read_manifest(), self.path)
        self._agree(manifest, infos)
        return manifest

    def _read_manifest(self) -> bytes:
        with self._reading(), self._zip.open(MANIFEST) as member:
            text = member.read(LARGEST_MANIFEST + 1)
        if len(text) > LARGEST_MANIFEST:
            raise damaged(self.path, "its manifest is too large")
        return text

    def _agree(self, manifest: Manifest, infos: list[ZipInfo]) -> None:
        """Raise UserError where the manifest and the table of contents do not agree."""
        newest = len(_shapes())
        if manifest.schema > newest:
            message = f"{self.path} was exported by a newer microcom (schema {manifest.schema})."
            hint = f"This one knows schema {newest}: upgrade microcom."
            raise UserError(message, code="archive.newer", hint=hint)
        found = {info.filename: info for info in infos if info.filename != MANIFEST}
        if len(found) != len(infos) - 1 or set(found) != set(manifest.members):
            raise damaged(self.path, "it does not hold what its manifest says")
        for name, info in found.items():
            self._bounded(name, info, manifest)
        known = shape(manifest.schema)
        for name, columns in manifest.columns.items():
            there = {column.name for column in known.get(name, ())}
            whole = table(name) in found and name in manifest.rows
            if not whole or not set(columns) <= there or len(set(columns)) != len(columns):
                raise damaged(self.path, f"it has a table {name!r} that there is not")
        if "delivery" not in manifest.columns or "state" not in manifest.columns["delivery"]:
            raise damaged(self.path, "it has no deliveries")
        if sum(name.startswith("tables/") for name in found) != len(manifest.columns):
            raise damaged(self.path, "it has a table that its manifest does not know")

    def _bounded(self, name: str, info: ZipInfo, manifest: Manifest) -> None:
        """Raise UserError for a member that would grow beyond all measure, or is kept oddly."""
        if info.file_size != manifest.members[name].bytes:
            raise damaged(self.path, f"{name} is not as large as it was")
        squeezed = info.file_size > ROOM and info.file_size > MOST_SQUEEZED * info.compress_size
        odd = info.flag_bits & 1 or info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}
        if squeezed or odd:
            raise damaged(self.path, f"{name} is packed in a way that no export is")
        if name.startswith("media/") and name[6:] != manifest.members[name].sha256:
            raise damaged(self.path, f"{name} is not what its name says")
        if name == SECRETS and info.file_size > LARGEST_MANIFEST:
            raise damaged(self.path, f"{name} is too large")

    @contextmanager
    def _reading(self) -> Iterator[IO[bytes] | None]:
        try:
            yield None
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise damaged(self.path, "a part of it cannot be unpacked") from error
        except (OSError, ValueError) as error:
            raise damaged(self.path, "a part of it cannot be read") from error


def _shapes() -> tuple[object, ...]:
    from microcom.store.schema import MIGRATIONS

    return MIGRATIONS


def unfinished(states: Counter[str]) -> int:
    """Return how many deliveries of these states are not over."""
    return sum(count for state, count in states.items() if State(state) not in OVER)
