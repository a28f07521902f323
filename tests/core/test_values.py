"""A postponed dataclass is one of the standard library's to everybody who uses it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Cup:
    """A frozen one, as most are."""

    name: str
    sugar: int = 0
    notes: list[str] = dataclasses.field(default_factory=list, hash=False)
    secret: str = dataclasses.field(default="", repr=False, compare=False)

    @property
    def sweet(self) -> bool:
        """Say whether there is sugar in it."""
        return self.sugar > 0


@dataclasses.dataclass(frozen=True, slots=True)
class Plain:
    """The same, by the standard library."""

    name: str
    sugar: int = 0
    notes: list[str] = dataclasses.field(default_factory=list, hash=False)
    secret: str = dataclasses.field(default="", repr=False, compare=False)


@dataclass(slots=True)
class Tray:
    """One that changes."""

    cups: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.cups < 0:
            raise ValueError(self.cups)


@dataclass(slots=True, eq=False)
class Table:
    """One that is itself alone."""

    cups: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One whose fields are named."""

    cups: int
    later: bool = False


CUPS = st.tuples(st.text(), st.integers(), st.lists(st.text(), max_size=2), st.text())


@given(CUPS, CUPS)
def test_it_compares_hashes_and_reads_like_the_library_s(
    one: tuple[str, int, list[str], str], other: tuple[str, int, list[str], str]
) -> None:
    """Equality, hash and repr are those that the standard library writes."""
    assert (Cup(*one) == Cup(*other)) == (Plain(*one) == Plain(*other))
    assert hash(Cup(*one)) == hash(Plain(*one))
    assert repr(Cup(*one)) == repr(Plain(*one)).replace("Plain", "Cup")


def test_it_has_slots_defaults_and_methods() -> None:
    """Each value has its own default list, and no place for anything else."""
    cup, other = Cup("a"), Cup("b", 2)
    cup.notes.append("hot")
    assert (other.notes, cup.sweet, other.sweet) == ([], False, True)
    assert not hasattr(cup, "__dict__")
    assert Cup.__slots__ == ("name", "sugar", "notes", "secret")


@pytest.mark.parametrize("field", ["name", "secret"])
def test_a_frozen_one_refuses(field: str) -> None:
    """Neither setting nor deleting a field is possible."""
    cup = Cup("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(cup, field, "b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(cup, field)


def test_fields_are_known_before_the_first_value() -> None:
    """``fields`` and ``is_dataclass`` answer for a class that nobody used yet."""

    @dataclass(frozen=True, slots=True)
    class Fresh:
        name: str
        sugar: int = 3

    assert dataclasses.is_dataclass(Fresh)
    assert [(one.name, one.default) for one in dataclasses.fields(Fresh)][1] == ("sugar", 3)


def test_it_is_replaced_matched_and_spread() -> None:
    """``replace``, ``asdict`` and a pattern see a dataclass."""
    cup = dataclasses.replace(Cup("a"), sugar=2)
    assert dataclasses.asdict(cup) == {"name": "a", "sugar": 2, "notes": [], "secret": ""}
    match cup:
        case Cup(name, sugar):
            assert (name, sugar) == ("a", 2)


def test_one_that_changes_changes() -> None:
    """What is not frozen can be set, is checked when made, and has no hash."""
    tray = Tray()
    tray.cups = 2
    assert (tray == Tray(2), tray == Tray()) == (True, False)
    with pytest.raises(TypeError, match="unhashable"):
        hash(tray)
    with pytest.raises(ValueError, match="-1"):
        Tray(-1)


def test_one_without_equality_is_itself_alone() -> None:
    """``eq=False`` keeps identity, and so a hash."""
    table = Table()
    assert (table == Table(), {table: 1}[table]) == (False, 1)


def test_a_field_is_missing_or_unnamed() -> None:
    """A value is not made of too little, nor of places where names are asked for."""
    assert Order(cups=1) == Order(cups=1, later=False)
    with pytest.raises(TypeError, match="cups"):
        Order()  # type: ignore[call-arg]  # what is tested
    with pytest.raises(TypeError, match="positional"):
        Order(1)  # type: ignore[call-arg]  # what is tested


@dataclass(slots=True)
class Bill:
    """One with fields of its own that nobody gives it."""

    cups: int
    paid: bool = dataclasses.field(default=False, init=False)
    notes: list[str] = dataclasses.field(default_factory=list, init=False)
    owner: str = dataclasses.field(init=False)


def test_what_nobody_may_give_has_its_default() -> None:
    """A field outside ``__init__`` gets its default, a list of its own, or nothing."""
    bill, other = Bill(2), Bill(3)
    bill.notes.append("split")
    assert (bill.paid, other.notes, hasattr(bill, "owner")) == (False, [], False)
    with pytest.raises(TypeError, match="paid"):
        Bill(2, paid=True)  # type: ignore[call-arg]  # what is tested


def test_the_library_inherits_from_one() -> None:
    """A dataclass of the standard library, of a plug-in say, may have one as its base."""
    import dataclasses

    @dataclass(frozen=True)
    class Base:
        one: int

    @dataclasses.dataclass(frozen=True)
    class More(Base):
        two: int = 2

    assert More(1) == More(1, 2)
    assert [field.name for field in dataclasses.fields(More)] == ["one", "two"]
    with pytest.raises(TypeError, match="frozen"):
        dataclasses.dataclass(type("Loose", (Base,), {}))
