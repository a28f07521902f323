"""An account as one JSON text: what publishing needs of it, without its file."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Account, Community, Lateness, Missed, Rules
from microcom.core.capability import Ceiling

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue


def dump(account: Account) -> str:
    """Return the account as JSON, the same text for the same account."""
    value = {
        "name": account.name,
        "platform": account.platform,
        "handle": account.handle,
        "project": account.project,
        "timezone": account.timezone,
        "client": account.client,
        "app": account.app,
        "default": account.default,
        "rules": dump_rules(account.rules),
        "options": dict(account.options),
        "communities": [
            [place.name, place.kind, dict(place.settings), dump_rules(place.rules)]
            for place in account.communities.values()
        ],
    }
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def load(text: str) -> Account:
    """Return the account that :func:`dump` wrote."""
    value = json.loads(text)
    places = (
        Community(name, kind, settings, load_rules(rules))
        for name, kind, settings, rules in value.pop("communities")
    )
    rules = load_rules(value.pop("rules"))
    return Account(**value, rules=rules, communities={place.name: place for place in places})


def dump_rules(rules: Rules) -> dict[str, JsonValue]:
    """Return rules as JSON values."""
    return {
        "ceiling": None if rules.ceiling is None else [rules.ceiling.hour, rules.ceiling.day],
        "missed": [rules.missed.do.value, rules.missed.after.total_seconds()],
        "max_hashtags": rules.max_hashtags,
        "banned": list(rules.banned),
    }


def load_rules(value: dict[str, JsonValue]) -> Rules:
    """Return the rules that :func:`dump_rules` gave."""
    ceiling = value["ceiling"]
    do, after = value["missed"]
    return Rules(
        ceiling=None if ceiling is None else Ceiling(*ceiling),
        missed=Missed(Lateness(do), timedelta(seconds=after)),
        max_hashtags=value["max_hashtags"],
        banned=tuple(value["banned"]),
    )
