"""What a post says to one target: the words for all, then those for ever fewer.

The order is the whole post, ``client:NAME``, ``platform:NAME``, ``group:NAME`` (in the order of
the accounts file), ``ACCOUNT``, ``ACCOUNT/COMMUNITY``. Each key wins by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from microcom.core.names import did_you_mean
from microcom.core.post import Labels, Post, Variant
from microcom.core.problem import Problem
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.config import Config
    from microcom.core.target import Target

FIELDS = ("at", "title", "link", "tags", "fit")
"""The fields of a variant that replace those of the post as they are."""


@dataclass(frozen=True, slots=True)
class Tailored:
    """A post as it is meant for one target; ``said`` maps a field to the variant that said it."""

    post: Post
    said: Mapping[str, str]


def tailored(post: Post, target: Target, config: Config) -> Tailored:
    """Return what a post says to a target."""
    said: dict[str, str] = {}
    for key in keys_of(target, config) if post.variants else ():
        variant = post.variants.get(key)
        if variant is not None:
            post = _under(post, variant)
            said.update((name, key) for name in _fields(variant))
    return Tailored(post, said)


def keys_of(target: Target, config: Config) -> Iterator[str]:
    """Yield the keys of ``for`` that speak of a target, the most general first."""
    account = config.accounts[target.account]
    if account.client is not None:
        yield f"client:{account.client}"
    yield f"platform:{account.platform}"
    for name, targets in config.groups.items():
        if target in targets:
            yield f"group:{name}"
    yield target.account
    yield str(target)


def unknown(post: Post, config: Config) -> Iterator[Problem]:
    """Yield a problem for each key of ``for`` that speaks of nobody; ``where`` is the key."""
    known = set(_all_keys(config)) if post.variants else set()
    for key in post.variants:
        if key not in known:
            message = f"for: there is no {key}."
            hint = did_you_mean(key, sorted(known)) or (
                "Write client:NAME, platform:NAME, group:NAME, an account or account/community."
            )
            yield Problem("for.unknown", message, hint, key)


def _all_keys(config: Config) -> Iterator[str]:
    yield from (f"client:{name}" for name in config.clients)
    yield from (f"group:{name}" for name in config.groups)
    for account in config.accounts.values():
        yield f"platform:{account.platform}"
        yield account.name
        yield from (f"{account.name}/{place}" for place in account.communities)


def _under(post: Post, variant: Variant) -> Post:
    """Return the post with what a variant says instead."""
    given = {name: getattr(variant, name) for name in FIELDS}
    whole = replace(post, **{name: value for name, value in given.items() if value is not None})
    if variant.parts is not None:
        whole = replace(whole, parts=variant.parts)
    if variant.attachments is not None:
        whole = replace(whole, attachments=variant.attachments, media=variant.media)
    return replace(
        whole,
        labels=Labels(**{**post.labels.row(), **variant.labels.row()}),
        vars={**post.vars, **variant.vars},
        options={
            name: {**post.options.get(name, {}), **variant.options.get(name, {})}
            for name in (*post.options, *variant.options)
        },
    )


def _fields(variant: Variant) -> Iterator[str]:
    """Yield the names of what a variant says."""
    yield from (name for name in FIELDS if getattr(variant, name) is not None)
    if variant.parts is not None:
        yield "text"
    if variant.attachments is not None:
        yield "media"
    if variant.labels != Labels():
        yield "labels"
    if variant.options:
        yield "options"
