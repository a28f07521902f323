"""An accounts file under the reader's eyes: its names and places, and the mistakes so far."""

from __future__ import annotations

from dataclasses import field

from microcom.core.names import did_you_mean
from microcom.core.platform import Platform
from microcom.core.problem import Problem
from microcom.errors import UserError
from microcom.intake.nodes import Block, spot_of
from microcom.intake.refusals import STAND_IN, Path, named
from microcom.intake.registry import Registry
from microcom.intake.words import shown
from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """The file's tree, the platforms it may speak of, and where mistakes are noted."""

    tree: Block
    registry: Registry
    problems: list[Problem]
    platforms: dict[str, Platform | UserError] = field(default_factory=dict)

    def mistake(
        self, code: str, path: Path, words: str, hint: str | None = None, *, key: bool = False
    ) -> None:
        """Note what is wrong at a path of the file."""
        where = str(spot_of(self.tree, path, key=key))
        self.problems.append(Problem(code, f"{named(path)}: {words}", hint, where))

    def names(self, block: str) -> tuple[str, ...]:
        """Return the names in a top block, also of what was refused already."""
        node = self.tree.values.get(block)
        return tuple(node.keys) if isinstance(node, Block) else ()

    def knows(self, what: str, name: str | None, block: str, path: Path) -> bool:
        """Say whether a name stands in a top block; where not, it is a mistake."""
        if name is None or name in self.names(block):
            return True
        hint = did_you_mean(name, self.names(block)) or f"Add it under {block}:."
        self.mistake(f"{what}.unknown", path, f"there is no {what} {shown(name)}.", hint)
        return False

    def platform(self, name: str, path: Path, *, key: bool = False) -> Platform | None:
        """Return a platform; where there is none of that name, it is a mistake."""
        if name == STAND_IN:
            return None
        if name not in self.platforms:
            try:
                self.platforms[name] = self.registry.load(name)
            except UserError as error:
                self.platforms[name] = error
        found = self.platforms[name]
        if isinstance(found, UserError):
            self.mistake(found.code, path, found.message, found.hint, key=key)
            return None
        return found

    def unknown_community(
        self, name: str, known: tuple[str, ...], path: Path, *, key: bool = False
    ) -> None:
        """Note a community that the account's platform does not have."""
        hint = did_you_mean(name, known) or f"There is {', '.join(known)}."
        words = f"there is no community {shown(name)}."
        self.mistake("community.unknown", path, words, hint, key=key)
