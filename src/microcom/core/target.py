"""A target: an account and one of its communities; how people write it, and lists of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from microcom.core.names import did_you_mean, is_name, nearest, slug
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.problem import Problem

FORM = "A target is an account or account/community: acme-x, acme-pins/desk-setups."
LONGEST = 100  # of a word in a message
OF_THE_FILE = "Write the account's name from accounts.yaml"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a delivery goes; ``community`` None means the account's default one."""

    account: str
    community: str | None = None

    def __str__(self) -> str:
        return self.account if self.community is None else f"{self.account}/{self.community}"


def parse(text: str) -> Target:
    """Return the target as written, whether or not there is such an account.

    Blanks around it do not matter.
    Raises UserError ``target.empty``, ``.handle``, ``.url``, ``.slashes``, ``.case`` or ``.name``.
    """
    account, slash, community = text.strip().partition("/")
    if is_name(account) and (is_name(community) if slash else True):
        return Target(account, community if slash else None)
    code, message, hint = _fault(" ".join(text.split()))
    raise UserError(message, code=f"target.{code}", hint=hint)


def expand(
    words: Sequence[str],
    groups: Mapping[str, Sequence[Target]],
    aim: Callable[[str], Target | Problem],
) -> tuple[tuple[Target, ...], tuple[Problem, ...]]:
    """Return the targets that targets and groups name, each once and in order, and all problems.

    ``aim`` looks a well-formed word up among the accounts. A problem's ``where`` is the word as
    typed. Beside aim's own codes and those of :func:`parse` there is ``target.twice``.
    """
    named_by: dict[Target, str] = {}
    problems: list[Problem] = []
    for word in words:
        found = _named(word, groups, aim)
        if not isinstance(found, Sequence):
            problems.append(found)
            continue
        for target in found:
            if target in named_by:
                problems.append(_twice(target, named_by[target], word))
            named_by.setdefault(target, word)
    return tuple(named_by), tuple(problems)


def _named(
    word: str, groups: Mapping[str, Sequence[Target]], aim: Callable[[str], Target | Problem]
) -> Sequence[Target] | Problem:
    try:
        written = str(parse(word))
    except UserError as error:
        from microcom.core.problem import Problem

        return Problem(error.code, error.message, error.hint, word)
    if written in groups:
        return groups[written]
    found = aim(written)
    if isinstance(found, Target):
        return (found,)
    if found.code == "account.unknown" and "/" not in written:
        hint = did_you_mean(written, groups) if nearest(written, groups) else found.hint
        found = replace(found, message=f"There is no account or group {written}.", hint=hint)
    return replace(found, where=word)


def _twice(target: Target, first: str, second: str) -> Problem:
    from microcom.core.problem import Problem

    by = f"by {first} and by {second}" if first != second else f"by {first} both times"
    message = f"{target} is named twice: {by}."
    return Problem("target.twice", message, "Name it once.", second)


def _fault(text: str) -> tuple[str, str, str]:
    """Return what is wrong with a word that is no target: a code, a sentence, and what to do."""
    from microcom.core.text import has_link

    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    account, slash, community = text.partition("/")
    if not text.strip("/ "):
        return "empty", "A target has no name.", FORM
    if text.startswith("@"):
        return "handle", f"{shown} is a handle, not a target.", f"{OF_THE_FILE}, without @."
    if "://" in text or has_link(text):
        return "url", f"{shown} is an address, not a target.", f"{OF_THE_FILE}, such as acme-x."
    if "/" in community:
        return "slashes", f"{shown} has more than one slash.", FORM
    if slash and not (account and community):
        side = "after" if account else "before"
        return "empty", f"Nothing stands {side} the slash of {shown}.", FORM
    if _is_target(text.lower()):
        return "case", f"{shown} has capital letters; names have none.", f"Write {shown.lower()}."
    meant = "/".join(slug(part) for part in text.split("/"))
    hint = f"Did you mean {meant}?" if _is_target(meant) and shown == text else FORM
    return "name", f"{shown} is no name: names are made of a-z, 0-9 and -.", hint


def _is_target(text: str) -> bool:
    return all(is_name(part) for part in text.split("/"))
