"""The keys of a block that only its platform knows, checked against the platform's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microcom.core.options import Option
from microcom.core.steps import JsonValue
from microcom.intake.models import Shape
from microcom.intake.page import Page
from microcom.intake.refusals import Path, unknown_key
from microcom.intake.words import shown


def options_of(
    shape: Shape, known: Sequence[Option], page: Page, path: Path
) -> dict[str, JsonValue]:
    """Return the value of every known key, its default where the block says nothing.

    Keys that nobody knows, and values of another type, are noted on the page.
    """
    by_name = {option.name: option for option in known}
    options: dict[str, JsonValue] = {name: option.default for name, option in by_name.items()}
    options.update(said(shape, known, page, path))
    return options


def said(shape: Shape, known: Sequence[Option], page: Page, path: Path) -> Mapping[str, JsonValue]:
    """Return the values of the keys that the block has."""
    by_name = {option.name: option for option in known}
    options: dict[str, JsonValue] = {}
    for name, value in (shape.model_extra or {}).items():
        if name not in by_name:
            keys = (*type(shape).model_fields, *by_name)
            page.problems.append(unknown_key(page.tree, (*path, name), keys))
            continue
        option = by_name[name]
        try:
            options[name] = option.read(value)
        except ValueError:
            words = f"expected {option.wanted}, found {shown(value)}."
            page.mistake("config.option", (*path, name), words, option.help)
    return options
