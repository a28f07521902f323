"""The only door to durable state: queue, journal, lanes, accounts, history.

``Store`` and ``open_store`` are loaded on first use: the fast path of ``microcom run`` asks
:mod:`microcom.store.idle` and needs nothing else of this package.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from microcom.store.whole import Store, open_store

__all__ = ["Store", "open_store"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__} has no attribute {name}"
        raise AttributeError(message)
    from microcom.store import whole

    return getattr(whole, name)
