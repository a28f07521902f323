"""Secrets that somebody put into the accounts file: found, refused, and never repeated."""

from __future__ import annotations

import re

from microcom.core.problem import Problem
from microcom.intake.nodes import Block, Items, Node, Word
from microcom.intake.source import Spot

KEYS = re.compile(
    r"(?:.*[_-])?(?:token|secret|password|passwd|passphrase|bearer|api_?key|private_?key)s?"
    r"|(?:consumer|client|app)_?secret|cookie|authorization",
    re.IGNORECASE,
)
PUBLIC = frozenset({"client_id"})
"""Keys whose values look random and are no secret."""

BEARER = re.compile(r"bearer\s+\S", re.IGNORECASE)
PREFIXED = re.compile(r"(?:sk|pk|xox[abp]|gh[opsu]|pina|act|rft|eyJ)[-_A-Za-z0-9.]{20,}")
LONG = re.compile(r"[A-Za-z0-9_\-+/=%.~:]{32,}")
KINDS = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))
HEX = re.compile(r"[0-9a-fA-F]{32,}")


def take_out(block: Block, problems: list[Problem], path: tuple[str, ...] = ()) -> None:
    """Remove what looks like a secret, and say where it stood and what stores it instead."""
    owner = ".".join(path) or "the file"
    for key, node in list(block.values.items()):
        here = (*path, key)
        if looks_secret(key):
            problems.append(_problem(f"A key of {owner}", block.keys[key], path))
            del block.values[key]
        elif KEYS.fullmatch(key) and node_has_text(node):
            problems.append(_problem(".".join(here), block.keys[key], path))
            del block.values[key]
        elif key not in PUBLIC and _take_from(node, problems, here):
            del block.values[key]


def looks_secret(text: str) -> bool:
    """Say whether a value looks like a token: long, without blanks, and random."""
    if BEARER.match(text) or PREFIXED.fullmatch(text) or HEX.fullmatch(text):
        return True
    return LONG.fullmatch(text) is not None and all(kind.search(text) for kind in KINDS)


def node_has_text(node: Node) -> bool:
    """Say whether a word stands there; a block or list under such a key is another mistake."""
    return isinstance(node, Word) and bool(node.text)


def _take_from(node: Node, problems: list[Problem], path: tuple[str, ...]) -> bool:
    """Search below a key; say whether the key's own value is the secret."""
    if isinstance(node, Block):
        take_out(node, problems, path)
    elif isinstance(node, Items):
        node.items[:] = [item for item in node.items if not _take_from(item, problems, path)]
    elif node.text is not None and looks_secret(node.text):
        problems.append(_problem(".".join(path), node.spot, path))
        return True
    return False


def _problem(what: str, spot: Spot, path: tuple[str, ...]) -> Problem:
    name = path[1] if len(path) > 1 else ""
    account = name if path[:1] == ("accounts",) else "ACCOUNT"
    command = f"microcom login {account} --token"
    if path[:1] == ("apps",):
        command = f"microcom apps secret {name or 'APP'}"
    message = f"{what} looks like a secret; secrets never stand in this file."
    hint = (
        f"Delete it here, replace it at the platform if this file was shared, and store the new "
        f"one with `{command}`."
    )
    return Problem("config.secret", message, hint, str(spot))
