"""The accounts file: who posts where, checked to the last name before anything uses it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from microcom.core.config import Config
from microcom.core.problem import Problem
from microcom.errors import Mistakes
from microcom.intake.document import read_block
from microcom.intake.merge import merged
from microcom.intake.models import AccountsFile
from microcom.intake.nodes import Block
from microcom.intake.page import Page
from microcom.intake.refusals import fit
from microcom.intake.registry import Registry
from microcom.intake.resolve import resolve
from microcom.intake.secrets import take_out
from microcom.intake.source import MAX_CONFIG_BYTES, decoded, place_of, read_bytes


def load(files: Sequence[Path], platforms: Registry) -> Config:
    """Return what the accounts file, or the files of accounts.d together, say.

    Raises Mistakes with every mistake and its ``file:line:column``, UserError when a file cannot
    be read.
    """
    contents = {str(file.absolute()): read_bytes(file, MAX_CONFIG_BYTES) for file in files}
    return understood(contents, platforms)


def understood(contents: Mapping[str, bytes], platforms: Registry) -> Config:
    """Return what the contents of accounts files, by absolute path, say; see :func:`load`."""
    problems: list[Problem] = []
    tree = _tree(contents, problems)
    take_out(tree, problems)
    shape = fit(AccountsFile, tree, problems)
    config = None if shape is None else resolve(shape, Page(tree, platforms, problems))
    if problems or config is None:
        raise Mistakes(sorted(problems, key=place_of))
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()
    return replace(config, files=tuple(contents), digest=digest)


def _tree(contents: Mapping[str, bytes], problems: list[Problem]) -> Block:
    """Return the files' top blocks as one; raise Mistakes when one of them is no YAML."""
    blocks: list[Block] = []
    broken: list[Problem] = []
    for file, content in contents.items():
        try:
            blocks.append(read_block(decoded(content, file), problems))
        except Mistakes as mistakes:
            broken.extend(problem for problem in mistakes.problems if problem not in problems)
    if broken:
        raise Mistakes(sorted([*problems, *broken], key=place_of))
    return merged(blocks, problems)
