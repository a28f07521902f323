"""A line that says what is happening, on a terminal and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

from microcom.core.delivery import State

if TYPE_CHECKING:
    from types import TracebackType

    from rich.status import Status

    from microcom.cli.screen import Screen
    from microcom.core.delivery import Delivery


BAR = 20
"""Characters of a full bar."""


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
    """Shows a moving status line while deliveries leave, and a bar while media do.

    ``sizes`` are the bytes of media of each delivery that holds any.
    """

    def __init__(self, screen: Screen, sizes: Mapping[int, int]) -> None:
        self._line = Line(screen)
        self._sizes = sizes
        self._moved: dict[tuple[int, str], int] = {}

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
        bars = (self._bar(one) for one in deliveries if not one.over)
        self._line.show("  ".join((_words(deliveries), *filter(None, bars))))

    def moved(self, delivery: int, step: str, count: int) -> None:
        """Count bytes of media that a step of a delivery handed to the network."""
        key = (delivery, step)
        self._moved[key] = self._moved.get(key, 0) + count

    def _bar(self, delivery: Delivery) -> str:
        """Return how much of a delivery's media has left, drawn; "" while none has."""
        steps = dict(self._moved)  # other threads count meanwhile
        gone = sum(count for (number, _), count in steps.items() if number == delivery.id)
        size = self._sizes.get(delivery.id, 0)
        if not gone or gone >= size:
            return ""
        full = round(BAR * gone / size)
        drawn = "━" * full + "╌" * (BAR - full)
        return f"{delivery.target} {drawn} {gone / 1e6:.1f} of {size / 1e6:.1f} MB"

    def end(self) -> None:
        """Take the line away."""
        self._line.end()


def _words(deliveries: Sequence[Delivery]) -> str:
    done = sum(one.over for one in deliveries)
    leaving = [str(one.target) for one in deliveries if one.state is State.PUBLISHING]
    now = f": {', '.join(leaving[:3])}" if leaving else ""
    return f"{done} of {len(deliveries)} published{now}"
