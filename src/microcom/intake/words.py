"""The kinds of words in our files: names, zones, spans of time, counts.

Every scalar arrives as text (see ``document``), so each kind reads it by itself and says in a
sentence of its own what it takes; pydantic's words reach nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, NoReturn, TypeAlias, TypeVar

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from microcom.core import closures, schedule
from microcom.core.account import Alt, Care, Fit, Lateness
from microcom.core.capability import Policy
from microcom.core.login import AppKind
from microcom.core.names import did_you_mean, is_name
from microcom.core.oauth import read_redirect
from microcom.core.post import BRANDS
from microcom.core.slots import read_slots
from microcom.core.steps import JsonValue
from microcom.errors import UserError

FORMAT = "1"
LONGEST = 40
FLAGS = ("true", "false")
WHOLE = re.compile("[0-9]{1,9}")
DECIMAL = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
MONEY = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")
MICROS = 1_000_000
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LABELS = ("ai", "paid", "brand")
NAME = "^[a-z0-9][a-z0-9-]*$"


def refuse(code: str, message: str, hint: str | None = None) -> NoReturn:
    """Raise what pydantic carries to the reader: a code, a sentence, and what to do."""
    words = {"message": message, "hint": hint or None}
    raise PydanticCustomError("microcom", "{message}", {**words, "code": code})


def shown(value: JsonValue) -> str:
    """Return how a message names a value: short, and lists and blocks by what they are."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    return "a list" if isinstance(value, list) else "a block of keys"


def _text(value: JsonValue) -> str:
    if not isinstance(value, str) or not value.strip():
        refuse("config.text", f"expected text, found {shown(value)}", "Give it a value.")
    return value.strip()


def _name(value: JsonValue) -> str:
    text = _text(value)
    if not is_name(text):
        hint = "A name is a-z, 0-9 and -, and begins with a letter or digit: acme-x."
        refuse("config.name", f"{shown(text)} is not a name", hint)
    return text


def _handle(value: JsonValue) -> str:
    text = _text(value)
    if text.startswith("@"):
        refuse("config.handle", "a handle is written without @", f"Write {text[1:]}.")
    if any(character.isspace() for character in text):
        refuse("config.handle", f"a handle has no blanks, found {shown(text)}")
    return text


def _redirect(value: JsonValue) -> str:
    text = _text(value)
    try:
        read_redirect(text)
    except ValueError as error:
        hint = "Write the address as the app's page has it: http://127.0.0.1:8085/callback"
        refuse("config.redirect", f"{shown(text)} cannot be come back to: {error}", hint)
    return text


def _word(value: JsonValue) -> str:
    text = _text(value)
    if text.startswith("#"):
        refuse("config.tag", "words are written without #", f"Write {text[1:]}.")
    return text


def _zone(value: JsonValue) -> str:
    text = _text(value)
    try:
        schedule.zone(text)
    except UserError as error:
        refuse(error.code, error.message, error.hint)
    return text


def _span(value: JsonValue) -> timedelta:
    text = _text(value)
    try:
        return schedule.duration(text)
    except UserError as error:
        refuse(error.code, error.message, error.hint)


def _count(value: JsonValue) -> int:
    if not isinstance(value, str) or not WHOLE.fullmatch(value):
        refuse("config.number", f"expected a whole number, found {shown(value)}")
    return int(value)


def _positive(value: JsonValue) -> int:
    count = _count(value)
    if count == 0:
        refuse("config.number", "expected 1 or more, found 0", "`microcom pause` stops an account.")
    return count


def _flag(value: JsonValue) -> bool:
    if value not in FLAGS:
        refuse("config.flag", f"expected true or false, found {shown(value)}")
    return bool(value == "true")


def _choice(value: JsonValue, choices: Sequence[str]) -> str:
    text = _text(value)
    if text not in choices:
        listed = ", ".join(choices)
        hint = did_you_mean(text, choices)
        refuse("config.choice", f"expected one of {listed}, found {shown(text)}", hint)
    return text


def _money(value: JsonValue) -> int:
    if not isinstance(value, str) or not MONEY.fullmatch(value):
        hint = "Dollars without a sign: 25 or 7.50."
        refuse("config.money", f"expected a sum such as 25, found {shown(value)}", hint)
    return round(float(value) * MICROS)


def _language(value: JsonValue) -> str:
    text = _text(value)
    if not LANGUAGE.fullmatch(text):
        hint = "Such as fr, en-GB or zh-Hant."
        refuse("config.language", f"expected a language, found {shown(text)}", hint)
    return text


def _variable(value: JsonValue) -> str:
    text = _text(value)
    if not VARIABLE.fullmatch(text):
        hint = "Letters, digits and _, as templates write it: {{ greeting }}."
        refuse("config.variable", f"{shown(text)} cannot be the name of a variable", hint)
    return text


def _wording(value: JsonValue) -> str:
    if not isinstance(value, str):
        hint = 'Write something, or "" for none at all.'
        refuse("config.text", f"expected text, found {shown(value)}", hint)
    return value


def _read(value: JsonValue, read: Callable[[str], object]) -> str:
    """Return a text that a reader of ours takes."""
    text = _text(value)
    try:
        read(text)
    except UserError as error:
        refuse(error.code, error.message, error.hint)
    return text


def _quiet(value: JsonValue) -> str:
    return _read(value, closures.quiet)


def _days(value: JsonValue) -> str:
    return _read(value, closures.blackout)


def _slot(value: JsonValue) -> str:
    return _read(value, read_slots)


def _label(value: JsonValue) -> str:
    return _choice(value, LABELS)


def _lateness(value: JsonValue) -> Lateness:
    return Lateness(_choice(value, tuple(Lateness)))


def _alt_rule(value: JsonValue) -> Alt:
    return Alt(_choice(value, tuple(Alt)))


def _fit_rule(value: JsonValue) -> Fit:
    return Fit(_choice(value, tuple(Fit)))


def _care(value: JsonValue) -> Care:
    return Care(_choice(value, tuple(Care)))


def _policy(value: JsonValue) -> Policy:
    return Policy(_choice(value, tuple(Policy)))


def _kind(value: JsonValue) -> AppKind:
    return AppKind(_choice(value, tuple(AppKind)))


def _brand(value: JsonValue) -> str:
    return _choice(value, BRANDS)


def _alt_text(value: JsonValue) -> str:
    if not isinstance(value, str):
        hint = 'Say what the picture shows, or "" where it is decoration.'
        refuse("config.text", f"expected text, found {shown(value)}", hint)
    return value.strip()


def _seconds(value: JsonValue) -> float:
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        refuse("config.number", f"expected seconds such as 2.5, found {shown(value)}")
    return float(value)


def _version(value: JsonValue) -> str:
    if value != FORMAT:
        hint = "This program reads format 1: upgrade it, or write `microcom: 1`."
        refuse("config.format", f"expected {FORMAT}, found {shown(value)}", hint)
    return FORMAT


def _block(value: JsonValue) -> JsonValue:
    """Take a key with nothing after it for an empty block."""
    return {} if value is None else value


def _given(value: JsonValue) -> JsonValue:
    if value is None:
        refuse("config.empty", "nothing stands after the colon", "Give a value, or delete the key.")
    return value


Text: TypeAlias = Annotated[
    str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "integer"]})
]
NAMED = WithJsonSchema({"type": "string", "pattern": NAME})
Name: TypeAlias = Annotated[str, BeforeValidator(_name), NAMED]
Handle: TypeAlias = Annotated[
    str,
    BeforeValidator(_handle),
    WithJsonSchema({"type": ["string", "integer"], "pattern": r"^[^@\s]\S*$"}),
]
Word: TypeAlias = Annotated[
    str, BeforeValidator(_word), WithJsonSchema({"type": ["string", "integer"], "pattern": "^[^#]"})
]
Zone: TypeAlias = Annotated[
    str, BeforeValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Paris"]})
]
Span: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(_span),
    WithJsonSchema({"type": "string", "examples": ["20m", "2h", "1d"]}),
]
Count: TypeAlias = Annotated[
    int, BeforeValidator(_count), WithJsonSchema({"type": "integer", "minimum": 0})
]
Positive: TypeAlias = Annotated[
    int, BeforeValidator(_positive), WithJsonSchema({"type": "integer", "minimum": 1})
]
Flag: TypeAlias = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Late: TypeAlias = Annotated[
    Lateness,
    BeforeValidator(_lateness),
    WithJsonSchema({"enum": [choice.value for choice in Lateness]}),
]
AltRule: TypeAlias = Annotated[
    Alt, BeforeValidator(_alt_rule), WithJsonSchema({"enum": [choice.value for choice in Alt]})
]
Wording: TypeAlias = Annotated[
    str, BeforeValidator(_wording), WithJsonSchema({"type": ["string", "integer"]})
]
Quiet: TypeAlias = Annotated[
    str, BeforeValidator(_quiet), WithJsonSchema({"type": "string", "examples": ["22:00-07:00"]})
]
Days: TypeAlias = Annotated[
    str,
    BeforeValidator(_days),
    WithJsonSchema({"type": "string", "examples": ["2026-12-24/2026-12-26"]}),
]
Slot: TypeAlias = Annotated[
    str, BeforeValidator(_slot), WithJsonSchema({"type": "string", "examples": ["mon-fri 09:00"]})
]
FitRule: TypeAlias = Annotated[
    Fit, BeforeValidator(_fit_rule), WithJsonSchema({"enum": [choice.value for choice in Fit]})
]
CareRule: TypeAlias = Annotated[
    Care, BeforeValidator(_care), WithJsonSchema({"enum": [choice.value for choice in Care]})
]
PolicyRule: TypeAlias = Annotated[
    Policy, BeforeValidator(_policy), WithJsonSchema({"enum": [choice.value for choice in Policy]})
]
Label: TypeAlias = Annotated[str, BeforeValidator(_label), WithJsonSchema({"enum": list(LABELS)})]
Money: TypeAlias = Annotated[
    int, BeforeValidator(_money), WithJsonSchema({"type": "number", "minimum": 0})
]
"""Read as dollars, kept as millionths of a dollar."""
Language: TypeAlias = Annotated[
    str, BeforeValidator(_language), WithJsonSchema({"type": "string", "examples": ["fr", "en-GB"]})
]
Variable: TypeAlias = Annotated[str, BeforeValidator(_variable), WithJsonSchema({"type": "string"})]
Kind: TypeAlias = Annotated[
    AppKind,
    BeforeValidator(_kind),
    WithJsonSchema({"enum": [choice.value for choice in AppKind]}),
]
Redirect: TypeAlias = Annotated[
    str, BeforeValidator(_redirect), WithJsonSchema({"type": "string", "pattern": "^https?://"})
]
Brand: TypeAlias = Annotated[str, BeforeValidator(_brand), WithJsonSchema({"enum": list(BRANDS)})]
AltText: TypeAlias = Annotated[str, BeforeValidator(_alt_text), WithJsonSchema({"type": "string"})]
Seconds: TypeAlias = Annotated[
    float, BeforeValidator(_seconds), WithJsonSchema({"type": "number", "minimum": 0})
]
Version: TypeAlias = Annotated[str, BeforeValidator(_version), WithJsonSchema({"const": 1})]
T = TypeVar("T")
Maybe: TypeAlias = Annotated[T | None, BeforeValidator(_given)]
"""A key that may be left out, but not left empty."""
OrEmpty = BeforeValidator(_block)
"""A block that may have nothing in it."""
