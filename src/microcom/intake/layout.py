"""What the columns of one feed are: keys of ours, variables of templates, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from microcom.core.names import did_you_mean
from microcom.core.problem import Problem
from microcom.core.steps import JsonValue
from microcom.errors import UserError
from microcom.intake.columns import OURS, Place, hint_for, place_of
from microcom.intake.mapping import FeedMapping
from microcom.intake.source import UNPRINTABLE, unprintable
from microcom.values import dataclass

ROW = "row"
"""The variable that holds all cells by the names of their columns."""
OWN = frozenset({"title", "link"})
"""Variables that are the post's own where its words are filled in."""
FEW = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells of each column go, which variables they are, and what is wrong."""

    places: Mapping[str, Place]
    variables: Mapping[str, str]
    problems: tuple[Problem, ...]

    def known(self, cells: Mapping[str, JsonValue], names: frozenset[str]) -> dict[str, object]:
        """Return those of a row's cells that are asked for; None where one is empty.

        Raises UserError ``text.control`` for characters that no text may hold.
        """
        found = {
            name: _said(cells[self.variables[name]])
            for name in sorted(names)
            if name in self.variables
        }
        if ROW in names:
            found[ROW] = {name: _said(cell) for name, cell in cells.items()}
        _refuse_unprintable(found)
        return found


def layout(columns: Sequence[str], mapping: FeedMapping, where: str, *, fixed: bool) -> Layout:
    """Return what columns are; ``fixed`` ones hold for all rows, so that none may be missing."""
    places: dict[str, Place] = {}
    problems: list[Problem] = []
    strange: list[str] = []
    for name in columns:
        place = _place(name, mapping)
        if place is not None:
            places[name] = place
        elif mapping.file is None:
            strange.append(name)
    problems += _strange(strange, where)
    if fixed:
        problems += _missing(columns, mapping)
    variables = _variables(columns)
    problems += _shadowed(places, variables, mapping)
    return Layout(places, variables, tuple(problems))


def _place(name: str, mapping: FeedMapping) -> Place | None:
    """Return what a column is: what the mapping says, else what its name says."""
    if name in mapping.columns:
        return mapping.columns[name]
    place = place_of(name)
    return None if place is None or place.name in mapping.says else place


def _strange(names: Sequence[str], where: str) -> Iterator[Problem]:
    """Yield the problem of columns that mean nothing to us; a few are asked about one by one."""
    if len(names) > FEW:
        message = f"{', '.join(names[:FEW])} and {len(names) - FEW} more are no columns of ours."
        hint = f"--mapping FILE says what they are. {OURS}"
        yield Problem("feed.column", message, hint, where)
        return
    for name in names:
        hint = hint_for(name) or "--mapping FILE says what it is, or leaves it out."
        yield Problem("feed.column", f"{name} is no column of ours.", hint, where)


def _missing(columns: Sequence[str], mapping: FeedMapping) -> Iterator[Problem]:
    for name in mapping.columns:
        if name not in columns:
            hint = did_you_mean(name, columns) or None
            message = f"The feed has no column {name}."
            yield Problem("mapping.missing", message, hint, mapping.where.get(name))


def _shadowed(
    places: Mapping[str, Place], variables: Mapping[str, str], mapping: FeedMapping
) -> Iterator[Problem]:
    """Yield the templates that ask for a column whose name means the post's own words."""
    for value in mapping.values:
        for name in sorted(value.later & OWN & set(variables)):
            place = places.get(variables[name])
            if place is None or place.name != name:
                message = f"{{{{ {name} }}}} is the post's own {name} here, and not the column."
                hint = f'Write {{{{ row["{variables[name]}"] }}}} for the column.'
                yield Problem("mapping.shadowed", message, hint, value.where)


def _variables(columns: Sequence[str]) -> dict[str, str]:
    """Return the columns by the names that templates have for them.

    ``Product name`` is ``product_name``; a name that two columns would have is nobody's.
    """
    found: dict[str, str] = {}
    shared: set[str] = set()
    for column in columns:
        name = re.sub(r"\W+", "_", column).strip("_").lower()
        if name in found:
            shared.add(name)
        found.setdefault(name, column)
    exact = {column: column for column in columns if column.isidentifier()}
    return {name: column for name, column in found.items() if name not in shared} | exact


def _refuse_unprintable(value: object) -> None:
    if isinstance(value, str):
        found = UNPRINTABLE.search(value)
        if found:
            problem = unprintable(found[0], None)
            raise UserError(problem.message, code=problem.code, hint=problem.hint)
    elif isinstance(value, dict):
        for one in (*value, *value.values()):
            _refuse_unprintable(one)
    elif isinstance(value, list):
        for one in value:
            _refuse_unprintable(one)


def _said(cell: JsonValue) -> JsonValue:
    if isinstance(cell, str):
        return cell.strip() or None
    return cell
