"""What a command opened is closed when it ends, however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar

_opened: ContextVar[ExitStack] = ContextVar("opened")


@contextmanager
def closing() -> Iterator[None]:
    """Close in the end what :func:`close_later` was given inside."""
    with ExitStack() as stack:
        token = _opened.set(stack)
        try:
            yield
        finally:
            _opened.reset(token)


def close_later(close: Callable[[], object]) -> None:
    """Call ``close`` when the command ends."""
    _opened.get().callback(close)
