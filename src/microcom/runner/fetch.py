"""Media from https addresses: fetched once, kept by their address, bounded in every way.

What comes is not trusted: its size, its kind (by its content), where it is from, each redirect,
and the time it all takes have bounds. Nothing of this user's leaves: no cookie, no token.
"""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpcore

from microcom import __version__
from microcom.core.address import Address, address_of, is_loopback, is_public
from microcom.core.media import MediaKind
from microcom.core.media_check import megabytes
from microcom.errors import StoreError, UserError
from microcom.runner.deadline import within
from microcom.runner.pinned import Pinned, Resolve, resolved
from microcom.values import dataclass

if TYPE_CHECKING:
    from typing import IO

PICTURE = 64 * 1024 * 1024
"""Bytes of a picture at the most."""
REDIRECTS = 3
SECONDS = 900.0
"""How long one file may take, with all its redirects."""
STALL = 30.0
"""How long nothing may come."""
START = 4096
"""Bytes that say what a file is."""
OK = 200
ONWARD = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410})
CLOSED = frozenset({401, 403})
HEADERS: dict[bytes | str, bytes | str] = {
    "user-agent": f"microcom/{__version__}",
    "accept": "image/*, video/*",
    "accept-encoding": "identity",
}

Moved = Callable[[int, int | None], None]
"""Is told how many bytes have come, and of how many, where that is known."""


def unmoved(came: int, whole: int | None) -> None:
    """Let bytes come uncounted."""
    del came, whole


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes of a ``picture`` and a ``video`` at the most; ``seconds`` for all of it."""

    video: int
    picture: int = PICTURE
    seconds: float = SECONDS
    stall: float = STALL


class Fetch:
    """Fetches media into a folder, where the same address is found again.

    In a ``rehearsal`` (a sandbox's world) plain http to this machine is fetched too. ``resolve``
    and ``trust`` are how names become addresses and whose certificates count. ``watch`` is told
    each request and how it ended.
    """

    def __init__(
        self,
        folder: Path,
        bounds: Bounds,
        *,
        rehearsal: bool = False,
        resolve: Resolve = resolved,
        public: Callable[[str], bool] = is_public,
        trust: ssl.SSLContext | None = None,
        watch: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._folder = folder
        self._bounds = bounds
        self._rehearsal = rehearsal
        self._resolve = resolve
        self._public = public
        self._trust = trust
        self._watch = watch

    def kept(self, url: str) -> Path | None:
        """Return the file that was fetched from an address, None where none was."""
        path = self._path(url)
        if not path.exists():
            return None
        with suppress(OSError):
            os.utime(path)  # lately wanted: see MediaStore.tidy_aside
        return path

    def fetch(self, url: str, moved: Moved = unmoved) -> Path:
        """Return the file at an address, fetched unless it was before.

        Raises UserError ``media.fetch.*`` for what does not come or must not, and StoreError when
        it cannot be kept.
        """
        return self.kept(url) or self._fetched(url, moved)

    def forget(self, url: str) -> None:
        """Let an address be fetched again."""
        self._path(url).unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        return self._folder / hashlib.sha256(url.strip().encode()).hexdigest()

    def _fetched(self, url: str, moved: Moved) -> Path:
        path = self._path(url)
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        where = address_of(url, rehearsal=self._rehearsal)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with draft.open("wb") as file, within(self._bounds.seconds):
                self._follow(where, file, moved)
            draft.chmod(0o600)
            draft.replace(path)
        except OSError as error:
            message = f"{where.shown} could not be kept in {self._folder}: {error.strerror}."
            hint = "Free some space, or look at the folder's rights."
            raise StoreError(message, code="media.fetch.kept", hint=hint) from error
        finally:
            draft.unlink(missing_ok=True)
        return path

    def _follow(self, where: Address, file: IO[bytes], moved: Moved) -> None:
        """Ask where an address leads until it leads to a file."""
        first = where
        for _ in range(REDIRECTS + 1):
            onward = self._once(where, file, moved)
            if onward is None:
                return
            where = address_of(onward, rehearsal=self._rehearsal)
        message = f"{first.shown} leads on and on ({REDIRECTS} redirects are followed)."
        raise _refused(message, "redirects", "Open it in a browser, and copy the last address.")

    def _once(self, where: Address, file: IO[bytes], moved: Moved) -> str | None:
        """Fetch from one address; return the next one where it leads on."""
        allowed = self._public if where.scheme == "https" else is_loopback
        pool = httpcore.ConnectionPool(
            ssl_context=self._trusted(where),
            network_backend=Pinned(self._resolve, allowed),
            retries=0,
        )
        waits = dict.fromkeys(("connect", "read", "write", "pool"), self._bounds.stall)
        origin = httpcore.URL(
            scheme=where.scheme, host=where.host, port=where.port, target=where.target
        )
        try:
            with (
                pool,
                pool.stream("GET", origin, headers=HEADERS, extensions={"timeout": waits}) as reply,
            ):
                self._watch(f"media  GET {where.shown}: {reply.status}")
                return self._taken(where, reply, file, moved)
        except httpcore.TimeoutException as error:
            raise _late(where) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            message = f"{where.shown} could not be fetched: {_kind(error)}."
            raise _refused(message, "broke", "Try again, or download it.") from error

    def _trusted(self, where: Address) -> ssl.SSLContext | None:
        if where.scheme != "https":
            return None
        if self._trust is None:
            from microcom.runner.trust import trusted

            self._trust = trusted()
        return self._trust

    def _taken(
        self, where: Address, reply: httpcore.Response, file: IO[bytes], moved: Moved
    ) -> str | None:
        """Write what comes to a file; return the next address where there is one instead."""
        onward = _header(reply, b"location")
        if reply.status in ONWARD and onward:
            return where.onward(onward)
        _check(where, reply)
        whole, came = _length(reply), 0
        most: int | None = None
        for piece in _pieces(reply.iter_stream()):
            most = self._most(piece, where) if most is None else most
            came += len(piece)
            if max(came, whole or 0) > most:
                raise _too_large(where, most)
            file.write(piece)
            moved(came, whole)
        if most is None:
            raise _refused(f"{where.shown} is empty.", "type", "Look at the address.")
        return None

    def _most(self, start: bytes, where: Address) -> int:
        """Return how large a file that begins so may be; raise UserError for what is no media."""
        from microcom.media.probe import kind_at, unknown

        kind = kind_at(start)
        if kind is None:
            error = unknown(where.shown, start)
            raise _refused(error.message, "type", error.hint or "")
        return self._bounds.video if kind is MediaKind.VIDEO else self._bounds.picture


def _pieces(stretches: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces large enough to say what they begin."""
    held = b""
    for stretch in stretches:
        held += stretch
        if len(held) >= START:
            yield held
            held = b""
    if held:
        yield held


def _check(where: Address, reply: httpcore.Response) -> None:
    """Raise UserError ``media.fetch.answer`` unless a reply brings the file as it is."""
    if reply.status != OK:
        why = f"the answer was {reply.status}"
        if reply.status in GONE:
            why = f"there is nothing ({reply.status})"
        elif reply.status in CLOSED:
            why = f"one has to be logged in ({reply.status})"
        message = f"{where.shown} could not be fetched: {why}."
        raise _refused(message, "answer", "Open it in a private window of a browser.")
    if _header(reply, b"content-encoding") not in {"", "identity"}:
        message = f"{where.shown} came packed, though it was asked for as it is."
        raise _refused(message, "answer", "Download it, and name the file.")


def _header(reply: httpcore.Response, name: bytes) -> str:
    found = (value for key, value in reply.headers if key.lower() == name)
    return next(found, b"").decode("latin-1").strip()


def _length(reply: httpcore.Response) -> int | None:
    said = _header(reply, b"content-length")
    return int(said) if said.isascii() and said.isdigit() else None


def _too_large(where: Address, most: int) -> UserError:
    message = f"{where.shown} is larger than {megabytes(most)}, the most that is fetched."
    return _refused(message, "size", "Make it smaller, or download it and name the file.")


def _late(where: Address) -> UserError:
    message = f"{where.shown} did not come in time."
    return _refused(message, "late", "Try again, or download it and name the file.")


def _kind(error: Exception) -> str:
    """Say what went wrong, in words that cannot hold a header or a body."""
    if isinstance(error, httpcore.ConnectError):
        return str(error) or "no connection"
    return "the connection ended too soon"


def _refused(message: str, what: str, hint: str) -> UserError:
    return UserError(message, code=f"media.fetch.{what}", hint=hint)
