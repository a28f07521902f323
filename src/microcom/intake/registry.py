"""What intake needs of the platforms, which it may not import: ``microcom.platforms`` is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from microcom.core.platform import Platform


class Registry(Protocol):
    """Knows every platform there is."""

    @property
    def BUILT_IN(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """The names of the platforms that come with this program."""
        ...

    def names(self) -> tuple[str, ...]:
        """Return every platform's name."""
        ...

    def load(self, name: str) -> Platform:
        """Return a platform; raise UserError ``platform.unknown``."""
        ...
