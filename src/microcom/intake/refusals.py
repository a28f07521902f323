"""What a shape refused, said in our words, at its place, with the nearest name that would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, get_args, get_origin

from pydantic import ValidationError

from microcom.core.names import did_you_mean
from microcom.core.problem import Problem
from microcom.core.steps import JsonValue
from microcom.intake.models import Shape
from microcom.intake.nodes import Block, follow, plain, spot_of
from microcom.intake.words import shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

S = TypeVar("S", bound=Shape)
Path: TypeAlias = tuple[str | int, ...]
ROUNDS = 5
KEY = "[key]"
STAND_IN = "unnamed"
"""What a key that is missing or refused is taken for, so that the rest can still be checked."""


def fit(shape: type[S], tree: Block, problems: list[Problem]) -> S | None:
    """Return the tree in its shape; what does not fit is said in ``problems`` and left out.

    None when nothing sensible remains; then there are problems.
    """
    value = plain(tree)
    stand_ins: set[Path] = set()
    for turn in range(ROUNDS):
        try:
            return shape.model_validate(value)
        except ValidationError as error:
            details = error.errors(include_url=False)
        for detail in reversed(details):
            _mend(value, detail, stand_ins)
        if turn == 0:
            found = (_problem(shape, tree, detail) for detail in details)
            problems.extend(problem for problem in found if problem is not None)
    return None


def named(path: Sequence[str | int]) -> str:
    """Return how a message names a place in the file: ``accounts.acme-x.rules``."""
    return ".".join(str(step) for step in path if isinstance(step, str) and step != "targets")


def _problem(shape: type[Shape], tree: Block, detail: ErrorDetails) -> Problem | None:
    path: Path = detail["loc"]
    if detail["type"] == "missing":
        return _missing(tree, path)
    if detail["type"] == "extra_forbidden":
        return unknown_key(tree, path, keys_at(shape, path[:-1]))
    code, words, hint = _words(detail)
    is_key = path[-1] == KEY
    path = path[:-1] if is_key else path
    where = str(spot_of(tree, path, key=is_key))
    return Problem(code, f"{named(path)}: {words}.", hint, where)


def _words(detail: ErrorDetails) -> tuple[str, str, str | None]:
    if detail["type"] == "microcom":
        context = detail["ctx"]
        return context["code"], context["message"].rstrip("."), context["hint"]
    found = shown(detail["input"])
    if detail["type"] in {"model_type", "dict_type"}:
        return "config.block", f"expected a block of keys, found {found}", "Write key: value."
    if detail["type"] == "list_type":
        return "config.list", f"expected a list, found {found}", "Write it as [a, b]."
    return "config.value", f"{found} cannot stand here", None


def _missing(tree: Block, path: Path) -> Problem | None:
    spot, parent = follow(tree, path[:-1])
    if isinstance(parent, Block) and path[-1] in parent.keys:
        return None  # it is there and was refused already
    owner = named(path[:-1]) or "The file"
    message, hint = f"{owner} has no {path[-1]}.", f"Add a line `{path[-1]}: …`."
    return Problem("config.missing", message, hint, str(spot))


def unknown_key(tree: Block, path: Path, known: Sequence[str]) -> Problem:
    """Return the problem of a key that its block does not have."""
    owner = named(path[:-1])
    message = f"{owner + ': ' if owner else ''}{shown(path[-1])} is not a key here."
    hint = did_you_mean(str(path[-1]), known) or f"The keys here: {', '.join(known)}."
    return Problem("config.unknown_key", message, hint, str(spot_of(tree, path, key=True)))


def keys_at(shape: type[Shape], path: Path) -> tuple[str, ...]:
    """Return the keys that the block at a path may have."""
    steps = iter(path)
    for step in steps:
        if isinstance(step, int):
            continue
        annotation = _keys(shape)[str(step)]
        if get_origin(annotation) is dict:
            next(steps, None)
        shape = _shape_in(annotation) or shape
    return tuple(_keys(shape))


def _keys(shape: type[Shape]) -> dict[str, Any]:
    """Return the type of each key as it is written in a file (``for`` is no name in Python)."""
    return {info.alias or name: info.annotation for name, info in shape.model_fields.items()}


def _shape_in(annotation: Any) -> type[Shape] | None:  # noqa: ANN401 - what typing gives
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    found = (_shape_in(inner) for inner in get_args(annotation))
    return next((shape for shape in found if shape is not None), None)


def _mend(value: JsonValue, detail: ErrorDetails, stand_ins: set[Path]) -> None:
    """Take what was refused out of the value, and put a stand-in where a key is missing."""
    path: Path = tuple(step for step in detail["loc"] if step != KEY)
    is_missing = detail["type"] == "missing" and path not in stand_ins
    if detail["type"] == "missing" and path in stand_ins and len(path) > 1:
        path = path[:-1]
    for step in path[:-1]:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    if is_missing and isinstance(value, dict):
        value[path[-1]] = STAND_IN
        stand_ins.add(path)
    elif isinstance(value, dict):
        value.pop(path[-1], None)
    elif isinstance(value, list) and isinstance(path[-1], int):
        del value[path[-1]]
