"""The last moment before anything of a request is written, at which leave is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

LEAVING = "http11.send_request_headers.started"
"""What httpcore says when headers are about to be written."""

Leave = Callable[[], None]


class Gate:
    """Asks for leave once, at the last moment before anything of a request is written.

    The connection's trace says when headers are about to leave; a transport that does not trace
    still has to read the body first.
    """

    def __init__(self, leave: Leave | None) -> None:
        self._leave = leave

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Ask for leave when the headers are about to be written."""
        del info
        if event == LEAVING:
            self.ask()

    def guarded(self, content: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the request's content, having asked for leave."""
        self.ask()
        yield from content

    def ask(self) -> None:
        """Ask for leave, the first time; raises whatever refuses it."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()
