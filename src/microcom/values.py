"""Dataclasses whose methods are written when they are first called, not when a module is read.

A command that does little reads the classes of eighty kinds of values, makes values of half of
them and compares a few. The methods of a dataclass are text, compiled anew in every process, half
a millisecond for each class: more than all else that such a command does. To their users, to a
type checker and to :mod:`dataclasses` (``fields``, ``replace``, ``asdict``) these are dataclasses
of the standard library, which writes all their methods but one: ``__init__`` is written here.

None of them may inherit from another, be copied by :mod:`copy` or be pickled; a dataclass of the
standard library may inherit from one.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass  # what a type checker sees
else:

    def dataclass(**options: bool) -> Callable[[type], type]:
        """Return the decorator of :func:`dataclasses.dataclass`, with everything postponed.

        Options: ``frozen``, ``slots``, ``eq`` and ``kw_only``.
        """
        return lambda cls: _Postponed(cls, **options).made


class _Postponed:
    """A class that has its methods written: ``made`` is what users see."""

    def __init__(
        self,
        cls: type,
        *,
        frozen: bool = False,
        slots: bool = False,
        eq: bool = True,
        **others: bool,
    ) -> None:
        self._options = {"frozen": frozen, "eq": eq, **others}
        self._body = {name: own for name, own in vars(cls).items() if name not in _OF_NO_SLOTS}
        self._body["__annotations__"] = cls.__annotations__
        compared = {"__eq__": eq, "__hash__": eq and frozen}
        wanted = {"__repr__": True, **compared, "__setattr__": frozen, "__delattr__": frozen}
        self._methods = [name for name in wanted if wanted[name] and not self._body.get(name)]
        bare = {**self._body, "__init__": self._first(), "__dataclass_fields__": _Fields(self)}
        bare |= {name: self._postponed(name) for name in self._methods}
        bare["__dataclass_params__"] = _Params(frozen)
        if slots:
            bare["__slots__"] = names = tuple(cls.__annotations__)
            bare = {name: own for name, own in bare.items() if name not in names}
        if eq and not frozen:
            bare.setdefault("__hash__", None)
        self.made = type(cls)(cls.__name__, cls.__bases__, bare)
        self.made.__qualname__ = cls.__qualname__

    def write_init(self) -> None:
        """Write what makes a value, and what is known of the fields."""
        known = self._written({**self._options, "frozen": False, "eq": False, "repr": False})
        for name in ("__dataclass_fields__", "__match_args__"):
            setattr(self.made, name, vars(known)[name])
        self.made.__init__ = _init(known)  # type: ignore[misc]

    def _write_methods(self) -> None:
        whole = self._written(self._options)
        for name in self._methods:
            setattr(self.made, name, vars(whole)[name])

    def _written(self, options: dict[str, bool]) -> type:
        """Return a class of the same body with what the standard library adds to it."""
        same = type(self.made)(self.made.__name__, self.made.__bases__, dict(self._body))
        same.__qualname__ = self.made.__qualname__
        return dataclasses.dataclass(init=False, **options)(same)

    def _first(self) -> Callable[..., None]:
        def init(value: object, *args: object, **named: object) -> None:
            self.write_init()
            self.made.__init__(value, *args, **named)  # type: ignore[misc]

        return init

    def _postponed(self, name: str) -> Callable[..., object]:
        def method(value: object, *args: object) -> object:
            self._write_methods()
            return getattr(self.made, name)(value, *args)

        return method


class _Params:
    """What the standard library asks of a class that another one inherits from."""

    __slots__ = ("frozen",)

    def __init__(self, frozen: bool) -> None:  # noqa: FBT001 - as the library has it
        self.frozen = frozen


class _Fields:
    """The fields of a class that nobody asked for yet."""

    def __init__(self, postponed: _Postponed) -> None:
        self._postponed = postponed

    def __get__(self, value: object, owner: type) -> object:
        self._postponed.write_init()
        return owner.__dataclass_fields__  # type: ignore[attr-defined]


_OF_NO_SLOTS = frozenset({"__dict__", "__weakref__"})
"""What Python adds to a class that has no slots, and has to add anew."""


def _init(cls: type) -> Callable[..., None]:
    """Return the ``__init__`` of a dataclass; it sets the fields of a frozen one too."""
    scope: dict[str, object] = {"_set": object.__setattr__, "_unsaid": dataclasses.MISSING}
    heads, named, lines = ["self"], ["*"], []
    for one in dataclasses.fields(cls):
        name, own = one.name, f"_own_{one.name}"
        is_made = one.default_factory is not dataclasses.MISSING
        scope[own] = one.default_factory if is_made else one.default
        has_own = scope[own] is not dataclasses.MISSING
        default = f"{own}()" if is_made else own
        if one.init:
            head = f"{name}={'_unsaid' if is_made else own}" if has_own else name
            (named if one.kw_only else heads).append(head)
            value = f"{default} if {name} is _unsaid else {name}" if is_made else name
            lines.append(f" _set(self, {name!r}, {value})")
        elif has_own:
            lines.append(f" _set(self, {name!r}, {default})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    heads += named if named[1:] else []
    exec(f"def __init__({', '.join(heads)}):\n" + "\n".join(lines or [" pass"]), scope)  # noqa: S102
    return scope["__init__"]  # type: ignore[return-value]
