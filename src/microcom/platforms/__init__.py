"""The platforms: this folder's first, then the entry-point group ``microcom.platforms``.

Nobody but this module names a platform; everybody else asks for one by the name in an
accounts file, or for all of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.core.platform import Platform
    from microcom.emulator import Clock, Emulator, Lock, Probe

BUILT_IN: tuple[str, ...] = ("x", "pinterest", "tiktok")
GROUP = "microcom.platforms"


def names() -> tuple[str, ...]:
    """Return the names of every platform that can be loaded, built-in ones first."""
    return (*BUILT_IN, *sorted(set(_installed()) - set(BUILT_IN)))


def load(name: str) -> Platform:
    """Return the platform of that name; raise UserError ``platform.unknown`` if there is none."""
    if name in BUILT_IN:
        return cast("Platform", import_module(f"{__name__}.{name}").platform)
    installed = _installed()
    if name not in installed:
        from microcom.core.names import did_you_mean

        message = f"There is no platform called {name}."
        raise UserError(message, code="platform.unknown", hint=did_you_mean(name, names()))
    return cast("Platform", installed[name]())


def emulator(
    name: str, *, clock: Clock, lock: Lock, seed: str = "microcom", probe: Probe | None = None
) -> Emulator | None:
    """Return an emulated service of the platform of that name, or None where it offers none.

    ``probe`` says what an uploaded file is. A platform from elsewhere offers one as its attribute
    ``emulator``. Raises UserError ``platform.unknown``.
    """
    if name in BUILT_IN:
        offered = import_module(f"{__name__}.{name}.emulator").emulator
    else:
        offered = getattr(load(name), "emulator", None)
    if offered is None:
        return None
    return cast("Emulator", offered(clock=clock, lock=lock, seed=seed, probe=probe))


def _installed() -> dict[str, Callable[[], object]]:
    # The scan costs several bare interpreter starts: only for names that are not built in.
    from importlib.metadata import entry_points

    return {point.name: point.load for point in entry_points(group=GROUP)}
