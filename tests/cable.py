"""A cable between programs and a PostgreSQL server: it can be cut, stalled, and eat an answer.

It carries bytes both ways over loopback, and knows just enough of what they say to break at one
chosen COMMIT: it hears the words of a statement pass, and then the next COMMIT of that connection.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

LOOK = 0.02
"""Seconds between two looks at what was done to the cable."""
PIECE = 1 << 16
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""How the request to commit stands on the wire: a simple query."""
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Break(StrEnum):
    """Where a cable breaks."""

    UNDONE = "undone"  # the request to commit never arrives
    UNANSWERED = "unanswered"  # the commit is done, and nobody hears of it
    WITHIN = "within"  # the statement itself never arrives


@dataclass(slots=True, eq=False)
class Line:
    """One connection: the program's end and the server's."""

    near: socket.socket
    far: socket.socket
    armed: Break | None = None
    """What happens at its next COMMIT."""
    over: bool = False

    def cut(self) -> None:
        """Reset both ends."""
        self.over = True
        for end in (self.near, self.far):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass(slots=True)
class Cable:
    """A cable to the server at ``upstream`` (a port of loopback); use it in a ``with``.

    ``port`` is its near end. ``broken`` counts what was broken by :meth:`arm`, ``stays_cut`` makes
    that break keep everybody out until :meth:`mend`.
    """

    upstream: int
    port: int = 0
    broken: int = 0
    lines: set[Line] = field(default_factory=set)
    _words: bytes | None = None
    _break: Break | None = None
    _stays_cut: bool = False
    _flows: threading.Event = field(default_factory=threading.Event)
    _whole: threading.Event = field(default_factory=threading.Event)
    _ending: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket = field(default_factory=socket.socket)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, words: str, how: Break, *, stays_cut: bool = False) -> None:
        """Break the connection that sends a statement with these words next, once."""
        self._words, self._break, self._stays_cut = words.encode(), how, stays_cut

    def cut(self) -> None:
        """Reset every connection; new ones are let through."""
        for line in tuple(self.lines):
            line.cut()

    def part(self) -> None:
        """Reset every connection and let no new one through."""
        self._whole.clear()
        self.cut()

    def mend(self) -> None:
        """Let everything through again."""
        self._whole.set()
        self._flows.set()

    def stall(self) -> None:
        """Carry nothing on, and cut nothing, until it is mended."""
        self._flows.clear()

    def __enter__(self) -> Self:
        self.mend()
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        self._run(self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self.mend()
        self.cut()
        for thread in tuple(self._threads):
            thread.join()
        self._listener.close()

    # --- what its threads do ----------------------------------------------------------------------

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="cable")  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _take(self) -> None:
        while not self._ending.is_set():
            if not select.select([self._listener], [], [], LOOK)[0]:
                continue
            near, _ = self._listener.accept()
            far = self._reached()
            if far is None:
                near.close()
                continue
            line = Line(near, far)
            self.lines.add(line)
            self._run(self._carry, line)

    def _reached(self) -> socket.socket | None:
        if not self._whole.is_set():
            return None
        try:
            return socket.create_connection(("127.0.0.1", self.upstream), timeout=5)
        except OSError:
            return None

    def _carry(self, line: Line) -> None:
        """Carry both ways until either end, or the cable, has gone."""
        try:
            while not line.over:
                if not self._flows.wait(LOOK):
                    continue
                for end in select.select([line.near, line.far], [], [], LOOK)[0]:
                    if not self._piece(line, end):
                        return
        except (OSError, ValueError):
            return
        finally:
            self.lines.discard(line)
            line.near.close()
            line.far.close()

    def _piece(self, line: Line, end: socket.socket) -> bool:
        """Carry what one end says; return False when it, or the cable, has ended."""
        piece = end.recv(PIECE)
        if not piece:
            return False
        if end is line.far:
            line.near.sendall(piece)
            return True
        self._hear(line, piece)
        if line.armed is Break.WITHIN:
            return self._breaks(line)
        if line.armed is None or COMMIT not in piece:
            line.far.sendall(piece)
            return True
        if line.armed is Break.UNANSWERED:
            line.far.sendall(piece)
            line.far.recv(PIECE)
        return self._breaks(line)

    def _hear(self, line: Line, piece: bytes) -> None:
        with self._lock:
            if self._words is not None and self._words in piece:
                line.armed, self._words = self._break, None

    def _breaks(self, line: Line) -> bool:
        self.broken += 1
        if self._stays_cut:
            self.part()
        line.cut()
        return False
