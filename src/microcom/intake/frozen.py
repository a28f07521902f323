"""A config as JSON values and back; what many accounts share is written, and made, once."""

from __future__ import annotations

from collections.abc import Mapping

from microcom.core.account import Account, Community, Rules, Words
from microcom.core.config import App, Client, Config, Links, Origin
from microcom.core.login import AppKind
from microcom.core.steps import JsonValue
from microcom.core.target import Target


def dump(config: Config) -> JsonValue:
    """Return the config as JSON values."""
    rules, places, origins = _Table(), _Table(), _Table()
    accounts = [_account(account, rules, places) for account in config.accounts.values()]
    return {
        "project": config.project,
        "timezone": config.timezone,
        "files": list(config.files),
        "digest": config.digest,
        "accounts": accounts,
        "groups": {
            name: [[target.account, target.community] for target in targets]
            for name, targets in config.groups.items()
        },
        "clients": [_client(one) for one in config.clients.values()],
        "nobody": _client(config.nobody),
        "apps": [
            [one.name, one.platform, one.client_id, one.kind.value, one.redirect, one.budget]
            for one in config.apps.values()
        ],
        "origins": {name: origins.number(_origins(by)) for name, by in config.origins.items()},
        "tables": [rules.rows, places.rows, origins.rows],
    }


def load(kept: JsonValue) -> Config:
    """Return the config that :func:`dump` wrote."""
    rules_rows, place_rows, origin_rows = kept["tables"]
    rules = [Rules.of(row) for row in rules_rows]
    places = [
        Community(
            name, kind, settings, rules[number], about, _load_words(words), zone, tuple(slots)
        )
        for name, kind, settings, number, about, words, zone, slots in place_rows
    ]
    origins = [{key: Origin(value, where) for key, value, where in row} for row in origin_rows]
    accounts = (_load_account(row, rules, places, kept["project"]) for row in kept["accounts"])
    clients = (_load_client(row) for row in kept["clients"])
    apps = (
        App(name, platform, client_id, AppKind(kind), redirect, budget)
        for name, platform, client_id, kind, redirect, budget in kept["apps"]
    )
    return Config(
        project=kept["project"],
        timezone=kept["timezone"],
        files=tuple(kept["files"]),
        digest=kept["digest"],
        accounts={account.name: account for account in accounts},
        groups={
            name: tuple(Target(*target) for target in targets)
            for name, targets in kept["groups"].items()
        },
        clients={client.name: client for client in clients},
        apps={app.name: app for app in apps},
        origins={name: origins[number] for name, number in kept["origins"].items()},
        nobody=_load_client(kept["nobody"]),
    )


class _Table:
    """Rows that others refer to by number."""

    def __init__(self) -> None:
        self.rows: list[JsonValue] = []
        self._numbers: dict[str, int] = {}

    def number(self, row: JsonValue) -> int:
        """Return the number of a row, adding it when it is new."""
        number = self._numbers.setdefault(repr(row), len(self.rows))
        if number == len(self.rows):
            self.rows.append(row)
        return number


def _account(account: Account, rules: _Table, places: _Table) -> JsonValue:
    return [
        account.name,
        account.platform,
        account.handle,
        account.timezone,
        account.client,
        account.app,
        account.default,
        dict(account.options),
        account.client_id,
        _words(account.words),
        list(account.slots),
        rules.number(account.rules.said()),
        [
            places.number(
                [
                    *(place.name, place.kind, dict(place.settings)),
                    *(rules.number(place.rules.said()), place.about, _words(place.words)),
                    *(place.timezone, list(place.slots)),
                ]
            )
            for place in account.communities.values()
        ],
    ]


def _load_account(
    row: JsonValue, rules: list[Rules], places: list[Community], project: str
) -> Account:
    (name, platform, handle, timezone, client, app, default, options, client_id) = row[:9]
    words, slots, number, numbers = row[9:]
    own = (places[number] for number in numbers)
    return Account(
        name=name,
        platform=platform,
        handle=handle,
        project=project,
        timezone=timezone,
        client=client,
        app=app,
        communities={place.name: place for place in own},
        default=default,
        rules=rules[number],
        options=options,
        client_id=client_id,
        words=_load_words(words),
        slots=tuple(slots),
    )


def _client(client: Client) -> JsonValue:
    links = client.links
    return [
        *(client.name, client.title, client.timezone, dict(client.budgets)),
        list(client.blackout),
        [dict(links.utm), list(links.only), list(links.untouched), list(links.deny)],
    ]


def _load_client(row: JsonValue) -> Client:
    name, title, timezone, budgets, blackout, (utm, *hosts) = row
    only, untouched, deny = (tuple(one) for one in hosts)
    return Client(
        name, title, timezone, budgets, tuple(blackout), Links(utm, only, untouched, deny)
    )


def _words(words: Words) -> JsonValue:
    return [list(words.tags), dict(words.vars), words.language]


def _load_words(row: JsonValue) -> Words:
    tags, variables, language = row
    return Words(tuple(tags), variables, language)


def _origins(origins: Mapping[str, Origin]) -> JsonValue:
    return [[key, origin.value, origin.where] for key, origin in origins.items()]
