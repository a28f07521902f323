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
    found = cast("Platform", installed[name]())
    _look_over(found, name)
    return found


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


def _look_over(found: Platform, name: str) -> None:
    """Raise UserError ``platform.outdated`` where a plug-in lacks what microcom asks platforms."""
    from microcom.core.platform import Platform

    members = dict.fromkeys((*Platform.__annotations__, *vars(Platform)))
    lacks = [one for one in members if not one.startswith("_") and not hasattr(found, one)]
    if lacks:
        message = f"The plug-in for {name} lacks {', '.join(lacks)}: it is for another microcom."
        hint = "Update it; a platform that inherits from microcom's Platform has what is new."
        raise UserError(message, code="platform.outdated", hint=hint)


def _installed() -> dict[str, Callable[[], object]]:
    # The scan costs several bare interpreter starts: only for names that are not built in.
    from importlib.metadata import entry_points

    return {point.name: point.load for point in entry_points(group=GROUP)}
