"""From an accounts file's shape to a config: every name means something, every rule is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from microcom.core.account import Account, Community
from microcom.core.capability import Ceiling
from microcom.core.config import Client, Config, Origin
from microcom.core.options import Option
from microcom.core.platform import Platform
from microcom.core.rules import Level
from microcom.core.steps import JsonValue
from microcom.intake import groups
from microcom.intake.apps import Apps
from microcom.intake.levels import Levels
from microcom.intake.models import AccountsFile, AccountShape
from microcom.intake.page import Page
from microcom.intake.refusals import Path, unknown_key
from microcom.intake.words import FLAGS, shown

DEFAULT_ZONE = "UTC"


def resolve(shape: AccountsFile, page: Page) -> Config:
    """Return what the file means; note on the page every name that means nothing.

    ``files`` and ``digest`` are left empty. With mistakes noted, the config is not to be used.
    """
    reading = _Reading(shape, page)
    accounts = reading.accounts()
    return Config(
        project=shape.project,
        timezone=reading.zone,
        files=(),
        digest="",
        accounts=accounts,
        groups=groups.resolve(shape.groups, accounts, page),
        clients={
            name: Client(name, client.name or name, client.timezone or reading.zone)
            for name, client in shape.clients.items()
        },
        apps=reading.apps.used(accounts.values()),
        origins=reading.origins,
    )


class _Reading:
    """Reads the accounts of one file, one after the other."""

    def __init__(self, shape: AccountsFile, page: Page) -> None:
        self.apps = Apps(shape, page)
        self.origins: dict[str, Mapping[str, Origin]] = {}
        self.zone = shape.timezone or DEFAULT_ZONE
        self._shape = shape
        self._page = page
        self._levels = Levels(shape, page.tree)

    def accounts(self) -> dict[str, Account]:
        """Return every account whose platform there is."""
        self.apps.check()
        found: dict[str, Account] = {}
        for name, shape in self._shape.accounts.items():
            platform = self._page.platform(shape.platform, ("accounts", name, "platform"))
            if platform is not None:
                found[name] = self._account(name, shape, platform)
        return found

    def _account(self, name: str, shape: AccountShape, platform: Platform) -> Account:
        path = ("accounts", name)
        self._page.knows("client", shape.client, "clients", (*path, "client"))
        communities = {place.name: place for place in platform.places}
        default = self._default(shape, platform, communities, path)
        level = self._levels.of_account(name, shape)
        self.origins[name] = level.origins
        return Account(
            name=name,
            platform=shape.platform,
            handle=shape.handle,
            project=self._shape.project,
            timezone=self._zone(shape),
            client=shape.client,
            app=self.apps.of(name, shape),
            communities=self._communities(name, shape, platform, level),
            default=default,
            rules=level.rules(_ceiling(platform, communities[default] if default else None)),
            options=_options(shape, platform, self._page, path),
        )

    def _zone(self, shape: AccountShape) -> str:
        client = self._shape.clients.get(shape.client or "")
        return shape.timezone or (client.timezone if client else None) or self.zone

    def _default(
        self,
        shape: AccountShape,
        platform: Platform,
        communities: Mapping[str, Community],
        path: Path,
    ) -> str | None:
        if shape.default is None:
            return platform.default
        if shape.default in communities:
            return shape.default
        self._page.unknown_community(shape.default, tuple(communities), (*path, "default"))
        return None

    def _communities(
        self, account: str, shape: AccountShape, platform: Platform, above: Level
    ) -> dict[str, Community]:
        """Return the platform's own communities, each under its rules."""
        found: dict[str, Community] = {}
        for place in platform.places:
            level = above
            if place.name in shape.communities:
                own = shape.communities[place.name]
                level = self._levels.of_community(above, account, place.name, own)
                self.origins[f"{account}/{place.name}"] = level.origins
            rules = level.rules(_ceiling(platform, place))
            found[place.name] = replace(place, rules=rules)
        for name in shape.communities:
            if name not in found:
                path = ("accounts", account, "communities", name)
                self._page.unknown_community(name, tuple(found), path, key=True)
        return found


def _ceiling(platform: Platform, place: Community | None) -> Ceiling:
    """Return the platform's own ceiling, which half a ceiling in the file is completed from."""
    kind = (place or platform.places[0]).kind
    return platform.capabilities[kind].ceiling


def _options(
    shape: AccountShape, platform: Platform, page: Page, path: Path
) -> dict[str, JsonValue]:
    """Return every key that only this platform knows, with its default where the file has none."""
    known = {option.name: option for option in platform.options}
    options: dict[str, JsonValue] = {name: option.default for name, option in known.items()}
    for name, value in (shape.model_extra or {}).items():
        if name not in known:
            keys = (*type(shape).model_fields, *known)
            page.problems.append(unknown_key(page.tree, (*path, name), keys))
        else:
            options[name] = _option(known[name], value, page, (*path, name))
    return options


def _option(option: Option, value: JsonValue, page: Page, path: Path) -> JsonValue:
    if option.type is bool and value in FLAGS:
        return value == "true"
    if option.type is int and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if option.type is str and isinstance(value, str) and value.strip():
        return value.strip()
    wanted = {bool: "true or false", int: "a whole number", str: "text"}[option.type]
    page.mistake("config.option", path, f"expected {wanted}, found {shown(value)}.", option.help)
    return option.default
