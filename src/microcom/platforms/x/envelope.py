"""X's own ways of wording an error, told from what a proxy or a cut line leaves.

Seen up to August 2026: problem documents (``type`` on several hosts, or ``about:blank``), lists of
``{code, message}`` from the first API, lists of ``{message, parameters}`` inside a problem, a bare
``{code, message}``, and the OAuth endpoints' ``{error, error_description}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue, Reply

LONGEST = 200
TYPE = re.compile(
    r"https?://(?:[a-z0-9-]+\.)*(?:x|twitter)\.com/\S*?(?P<segment>[a-z0-9-]+)/?\Z", re.IGNORECASE
)
BLANK = "about:blank"
SECRET = re.compile(r"(?:bearer|basic|oauth)\s+\S+|[A-Za-z0-9_~+=-]{24,}", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z_][\w.$\[\]]{0,60}\Z")


@dataclass(frozen=True, slots=True)
class Said:
    """What an error of X's own says, whatever its shape.

    ``segment`` is the last of the problem's type, "" where X names none; ``sentences`` are
    details and messages, as they came; ``parameters`` are the names of refused fields.
    """

    segment: str = ""
    title: str = ""
    codes: tuple[int, ...] = ()
    sentences: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    reason: str = ""
    period: str = ""
    oauth: str = ""

    def holds(self, phrase: str) -> bool:
        """Say whether a sentence holds a phrase, whatever its case."""
        return any(phrase in sentence.casefold() for sentence in (self.title, *self.sentences))

    @property
    def quote(self) -> str:
        """Return X's first sentence, fit to be shown: short, printable, without secrets."""
        return clean(self.sentences[0]) if self.sentences else clean(self.title)


def read(reply: Reply) -> Said | None:
    """Return what X says in an error's body, or None when the body is not X's own."""
    body = reply.json()
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("error"), str):
        return _oauth(body)
    if _is_problem(body):
        return _problem(body)
    if set(body) <= {"errors", "title", "detail", "status"} and _is_listed(body.get("errors")):
        return _problem(body)
    if set(body) == {"code", "message"} and _is_coded(body):
        return Said(codes=(body["code"],), sentences=(body["message"],))
    return None


def clean(sentence: str) -> str:
    """Return a sentence of somebody else's on one short line, secrets taken out."""
    printable = "".join(one if one.isprintable() else " " for one in sentence)
    line = SECRET.sub("\u2026", " ".join(printable.split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}\u2026"


def _is_problem(body: dict[str, JsonValue]) -> bool:
    kind = body.get("type")
    if not isinstance(kind, str) or not isinstance(body.get("title"), str):
        return False
    return kind == BLANK or TYPE.match(kind) is not None


def _is_listed(errors: JsonValue) -> bool:
    return isinstance(errors, list) and bool(errors) and all(_is_coded(one) for one in errors)


def _is_coded(value: JsonValue) -> bool:
    return (
        isinstance(value, dict)
        and type(value.get("code")) is int
        and isinstance(value.get("message"), str)
    )


def _problem(body: dict[str, JsonValue]) -> Said:
    errors = body.get("errors")
    listed = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    kind = TYPE.match(_text(body, "type"))
    # Messages beside a detail repeat the values that were sent: they say nothing of X's own.
    detail = _text(body, "detail")
    sentences = (detail,) if detail else tuple(_text(one, "message") for one in listed)
    return Said(
        segment="" if kind is None else kind["segment"].lower(),
        title=_text(body, "title"),
        codes=tuple(one["code"] for one in listed if type(one.get("code")) is int),
        sentences=tuple(sentence for sentence in sentences if sentence),
        parameters=tuple(dict.fromkeys(name for one in listed for name in _parameters(one))),
        reason=_text(body, "reason"),
        period=_text(body, "period"),
    )


def _oauth(body: dict[str, JsonValue]) -> Said | None:
    description = body.get("error_description")
    if not isinstance(description, str):
        return None
    return Said(oauth=body["error"].casefold(), sentences=(description,))


def _parameters(error: dict[str, JsonValue]) -> Iterator[str]:
    """Yield the names of refused parameters; their values are what was sent, and stay there."""
    named = error.get("parameters")
    for name in named if isinstance(named, dict) else ():
        if NAME.match(name):
            yield name


def _text(body: dict[str, JsonValue], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""
