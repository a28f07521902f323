"""A line that says what is happening, on a terminal and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from microcom.core.delivery import State

if TYPE_CHECKING:
    from types import TracebackType

    from rich.status import Status

    from microcom.cli.screen import Screen
    from microcom.core.delivery import Delivery


class Line:
    """A moving line on a terminal; nothing where nobody watches."""

    def __init__(self, screen: Screen) -> None:
        self._live = screen.live
        self._status: Status | None = None

    def show(self, words: str) -> None:
        """Say what is happening."""
        if not self._live:
            return
        if self._status is not None:
            self._status.update(words)
            return
        from rich.console import Console
        from rich.status import Status

        self._status = Status(words, console=Console(stderr=True))
        self._status.start()

    def end(self) -> None:
        """Take the line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


class Progress:
    """Shows a moving status line while deliveries leave."""

    def __init__(self, screen: Screen) -> None:
        self._line = Line(screen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def look(self, deliveries: Sequence[Delivery]) -> None:
        """Show how far these deliveries are."""
        self._line.show(_words(deliveries))

    def end(self) -> None:
        """Take the line away."""
        self._line.end()


def _words(deliveries: Sequence[Delivery]) -> str:
    done = sum(one.over for one in deliveries)
    leaving = [str(one.target) for one in deliveries if one.state is State.PUBLISHING]
    now = f": {', '.join(leaving[:3])}" if leaving else ""
    return f"{done} of {len(deliveries)} published{now}"
