"""From an accounts file's shape to a config: every name means something, every rule is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from microcom.core.account import Account, Community, Words
from microcom.core.capability import Ceiling
from microcom.core.config import Client, Config, Links, Origin
from microcom.core.platform import Platform
from microcom.core.rules import Level
from microcom.core.steps import JsonValue
from microcom.intake import groups
from microcom.intake.apps import Apps
from microcom.intake.levels import Levels
from microcom.intake.models import (
    AccountsFile,
    AccountShape,
    ClientShape,
    CommunityShape,
    LinksShape,
    WordsShape,
)
from microcom.intake.options import options_of, said
from microcom.intake.page import Page
from microcom.intake.refusals import Path

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
        clients={name: reading.client(name, one) for name, one in shape.clients.items()},
        apps=reading.apps.used(accounts.values()),
        origins=reading.origins,
        nobody=Client(
            "",
            "",
            reading.zone,
            budgets=reading.budgets(shape.monthly_budget_usd, ()),
            blackout=tuple(shape.blackout),
            links=_links(shape.links),
        ),
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

    def client(self, name: str, shape: ClientShape) -> Client:
        """Return a client; what the file says of all of them is said of it, too."""
        whole = self._shape
        return Client(
            name,
            shape.name or name,
            shape.timezone or self.zone,
            budgets=self.budgets(shape.monthly_budget_usd, ("clients", name)),
            blackout=(*whole.blackout, *shape.blackout),
            links=_links(shape.links, above=whole.links),
        )

    def budgets(self, sums: Mapping[str, int], path: Path) -> Mapping[str, int]:
        """Return sums by platform; note those of platforms that there are not."""
        for name in sums:
            self._page.platform(name, (*path, "monthly_budget_usd", name), key=True)
        return dict(sums)

    def _account(self, name: str, shape: AccountShape, platform: Platform) -> Account:
        path = ("accounts", name)
        self._page.knows("client", shape.client, "clients", (*path, "client"))
        level = self._levels.of_account(name, shape)
        self.origins[name] = level.origins
        app = self.apps.of(name, shape)
        communities = self._communities(name, shape, platform, level)
        default = self._default(shape, platform, communities, path)
        place = communities.get(default or "")
        own = options_of(shape, platform.options, self._page, path)
        return Account(
            name=name,
            platform=shape.platform,
            handle=shape.handle,
            project=self._shape.project,
            timezone=self._zone(shape),
            client=shape.client,
            app=app,
            communities=communities,
            default=default,
            rules=level.rules(_ceiling(platform, place)),
            options={**self.apps.options(app, platform), **own},
            client_id=self.apps.client_id(app),
            words=_words(shape),
            slots=tuple(shape.slots or ()),
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
        """Return the platform's own communities and those of the file, each under its rules."""
        builtin = {place.name: place for place in platform.places}
        found: dict[str, Community] = {}
        for name in dict.fromkeys((*builtin, *shape.communities)):
            level = above
            place = builtin.get(name)
            if name in shape.communities:
                own = shape.communities[name]
                level = self._levels.of_community(above, account, name, own)
                self.origins[f"{account}/{name}"] = level.origins
                place = self._place(name, own, place, platform, account)
            if place is not None:
                found[name] = replace(place, rules=level.rules(_ceiling(platform, place)))
        return found

    def _place(
        self,
        name: str,
        shape: CommunityShape,
        builtin: Community | None,
        platform: Platform,
        account: str,
    ) -> Community | None:
        """Return the community that a block of the file makes, or changes; None for a mistake."""
        path = ("accounts", account, "communities", name)
        if builtin is None and not platform.place_options:
            known = tuple(place.name for place in platform.places)
            self._page.unknown_community(name, known, path, key=True)
            return None
        settings = said(shape, platform.place_options, self._page, path)
        found = builtin or self._made(name, settings, platform, path)
        if found is None:
            return None
        return replace(
            found,
            settings={**found.settings, **settings},
            words=_words(shape),
            timezone=shape.timezone,
            slots=tuple(shape.slots or ()),
        )

    def _made(
        self, name: str, settings: Mapping[str, JsonValue], platform: Platform, path: Path
    ) -> Community | None:
        """Return a community that the file makes; None where its settings do not name one."""
        kind = platform.kind_of(settings)
        if isinstance(kind, str):
            return Community(name, kind)
        self._page.mistake(kind.code, path, kind.message, kind.hint, key=True)
        return None


def _words(shape: WordsShape) -> Words:
    return Words(tuple(shape.tags or ()), dict(shape.vars), shape.language)


def _links(shape: LinksShape, above: LinksShape | None = None) -> Links:
    """Return what becomes of links; what a client says wins, key by key."""
    above = above or LinksShape()
    return Links(
        utm={**above.utm, **shape.utm},
        only=tuple(shape.only or above.only),
        untouched=(*above.untouched, *shape.untouched),
        deny=(*above.deny, *shape.deny),
    )


def _ceiling(platform: Platform, place: Community | None) -> Ceiling:
    """Return the platform's own ceiling, which half a ceiling in the file is completed from."""
    kind = next(iter(platform.capabilities)) if place is None else place.kind
    return platform.capabilities[kind].ceiling
