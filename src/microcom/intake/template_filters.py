"""The filters of templates: ``{{ community | upper }}``.

Each takes texts, numbers and lists, and knows what it costs before it does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from microcom.intake.template_refusal import Refused

LARGEST = 256 * 1024
"""The longest text that a template may make, at any moment."""
EFFORT = 4 * 1024 * 1024
"""How many characters and steps a template may work on in all."""


class Effort:
    """What a template may still do."""

    def __init__(self) -> None:
        self.left = EFFORT

    def spend(self, amount: int) -> None:
        """Take an amount of work away; Refused when nothing is left."""
        self.left -= amount
        if self.left < 0:
            too_large("takes too much work", "Use fewer or shorter loops.")


def too_large(what: str, hint: str) -> NoReturn:
    """Refuse what is over a bound."""
    raise Refused("template.size", f"The template {what}.", hint)


def fit(size: int) -> int:
    """Return the size of a text if it is small enough to be made."""
    if size > LARGEST:
        too_large(f"makes a text of more than {LARGEST} characters", "Make it shorter.")
    return size


def words(value: object) -> str:
    """Return a value as it is printed; lists, mappings, and what has no value, are not."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if value is None:
        hint = "Give it one, or write what stands in: {{ name | default('…') }}"
        raise Refused("template.unknown", "What is printed here has no value.", hint)
    if isinstance(value, Sequence):
        hint = "Say how: {{ tags | join(', ') }}"
        raise Refused("template.refused", "A list cannot be printed as it is.", hint)
    if isinstance(value, Mapping):
        hint = "Name what is in it: {{ vars.greeting }}"
        raise Refused("template.refused", "A block of keys cannot be printed as it is.", hint)
    return str(value)


def size_of(value: object) -> int:
    """Return how much work it is to look at a value."""
    return len(value) if isinstance(value, str | Sequence | Mapping) else 1


def _upper(value: object) -> str:
    return words(value).upper()


def _lower(value: object) -> str:
    return words(value).lower()


def _title(value: object) -> str:
    return words(value).title()


def _capitalize(value: object) -> str:
    return words(value).capitalize()


def _trim(value: object) -> str:
    return words(value).strip()


def _replace(value: object, old: object, new: object) -> str:
    text, before, after = words(value), words(old), words(new)
    count = text.count(before)
    fit(len(text) + count * (len(after) - len(before)))
    return text.replace(before, after)


def _join(value: object, between: object = "") -> str:
    joint, parts = words(between), [words(one) for one in _items(value)]
    fit(sum(map(len, parts)) + len(joint) * max(0, len(parts) - 1))
    return joint.join(parts)


def _truncate(value: object, length: object = 255, end: object = "…") -> str:
    text, mark = words(value), words(end)
    if not isinstance(length, int) or length < len(mark):
        raise ValueError("length")
    if len(text) <= length:
        return text
    cut = text[: length - len(mark)]
    if not text[len(cut)].isspace() and " " in cut.strip():
        cut = cut.rpartition(" ")[0]
    return cut.rstrip() + mark


def _first(value: object) -> object:
    return next(iter(_items(value)), None)


def _last(value: object) -> object:
    items = _items(value)
    return items[-1] if items else None


def _length(value: object) -> int:
    return len(value) if isinstance(value, Mapping) else len(_items(value))


def _items(value: object) -> Sequence[object]:
    if isinstance(value, Sequence):
        return value
    raise TypeError("no list")


FILTERS: Mapping[str, tuple[Callable[..., object], str]] = {
    "upper": (_upper, "{{ name | upper }}"),
    "lower": (_lower, "{{ name | lower }}"),
    "title": (_title, "{{ name | title }}"),
    "capitalize": (_capitalize, "{{ name | capitalize }}"),
    "trim": (_trim, "{{ name | trim }}"),
    "replace": (_replace, "{{ name | replace('-', ' ') }}"),
    "join": (_join, "{{ tags | join(', ') }}"),
    "truncate": (_truncate, "{{ title | truncate(60) }}"),
    "first": (_first, "{{ tags | first }}"),
    "last": (_last, "{{ tags | last }}"),
    "length": (_length, "{{ tags | length }}"),
}
"""Each filter with an example; ``default`` is the engine's, because it takes what is not there."""
