"""The files of a command's posts: looked at, fetched where they are addresses, made to fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from microcom.cli.progress import Line
from microcom.core.post import is_address
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.cli.screen import Screen
    from microcom.core.address import Address
    from microcom.core.capability import MediaRule
    from microcom.core.media import Media
    from microcom.media.kept import MediaStore
    from microcom.runner.fetch import Fetch, Moved


class Files:
    """Files by their content; Pillow and FFmpeg are loaded for the first one, not before.

    ``fetch`` gives who fetches from addresses, which in a ``rehearsal`` may be this machine's.
    Whoever has shown something on the ``line`` ends it.
    """

    def __init__(
        self, screen: Screen, store: MediaStore, fetch: Callable[[], Fetch], *, rehearsal: bool
    ) -> None:
        self._store = store
        self._fetch = fetch
        self._rehearsal = rehearsal
        self._paths: dict[str, Path] = {}
        self._copies: dict[tuple[Media, MediaRule], Media] = {}
        self.line = Line(screen)

    def look(self, file: str) -> Media:
        """Return what a file is, or what is at an address, which is fetched once."""
        if not is_address(file):
            return self._looked(Path(file))
        from microcom.intake.places import private_folder
        from microcom.media.kept import FETCHED

        fetch, where = self._fetch(), self._address(file)
        private_folder(str(self._store.aside(FETCHED)))
        path = fetch.fetch(file, self._counting(where.host))
        try:
            return self._looked(path, where.name)
        except UserError:
            fetch.forget(file)  # it may be mended there: then it is fetched again
            raise

    def look_offline(self, file: str) -> Media | None:
        """Return what a file is, None for an address that was not fetched before."""
        if not is_address(file):
            return self._looked(Path(file))
        where = self._address(file)
        path = self._fetch().kept(file)
        return None if path is None else self._looked(path, where.name)

    def fitted(self, media: Media, rule: MediaRule) -> Media:
        """Return a copy of a file that fits a rule better, the file itself where there is none."""
        if (media, rule) not in self._copies:
            self.line.show(f"fitting {media.name}")
            try:
                self._copies[media, rule] = self._fixed(media, rule)
            finally:
                self.line.end()
        return self._copies[media, rule]

    def path(self, media: Media) -> Path:
        """Return where a file is that was looked at, or made, here."""
        return self._paths[media.sha256]

    def _fixed(self, media: Media, rule: MediaRule) -> Media:
        from microcom.intake.places import private_folder
        from microcom.media.fix import fix
        from microcom.media.kept import FITTED

        folder = self._store.aside(FITTED)
        private_folder(str(folder))
        made = fix(self.path(media), media, rule, folder)
        if made is None:
            return media
        self._paths[made.media.sha256] = made.path
        return made.media

    def _looked(self, path: Path, name: str = "") -> Media:
        from microcom.media.probe import look

        self.line.show(f"looking at {name or path.name}")
        found = look(path, name)
        self._paths[found.sha256] = path
        return found

    def _address(self, file: str) -> Address:
        from microcom.core.address import address_of

        return address_of(file, rehearsal=self._rehearsal)

    def _counting(self, host: str) -> Moved:
        def moved(came: int, whole: int | None) -> None:
            of = "" if whole is None else f" of {whole / 1e6:.1f}"
            self.line.show(f"fetching from {host}: {came / 1e6:.1f}{of} MB")

        return moved
