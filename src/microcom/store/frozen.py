"""An account as one JSON text: what publishing needs of it, without its file."""

from __future__ import annotations

import json
from functools import lru_cache

from microcom.core.account import Account, Community, Rules


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
        "rules": account.rules.said(),
        "options": dict(account.options),
        "client_id": account.client_id,
        "communities": [
            [place.name, place.kind, dict(place.settings), place.rules.said()]
            for place in account.communities.values()
        ],
    }
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=1024)
def load(text: str) -> Account:
    """Return the account that :func:`dump` wrote; a worker asks for the same ones all the time."""
    value = json.loads(text)
    places = (
        Community(name, kind, settings, Rules.of(rules))
        for name, kind, settings, rules in value.pop("communities")
    )
    rules = Rules.of(value.pop("rules"))
    return Account(**value, rules=rules, communities={place.name: place for place in places})
