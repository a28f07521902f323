"""Which developer app each account speaks through: account, then client, then the whole file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from microcom.core.account import Account
from microcom.core.config import App
from microcom.core.login import AppKind
from microcom.core.platform import Platform
from microcom.core.steps import JsonValue
from microcom.intake.models import AccountsFile, AccountShape, AppShape
from microcom.intake.options import options_of
from microcom.intake.page import Page
from microcom.intake.refusals import Path


class Apps:
    """The apps of one accounts file."""

    def __init__(self, shape: AccountsFile, page: Page) -> None:
        self._shape = shape
        self._page = page
        self._options: dict[str, Mapping[str, JsonValue]] = {}

    def check(self) -> None:
        """Note every app, ``use`` and ``platforms`` entry that names something unknown."""
        for name, app in self._shape.apps.items():
            platform = self._page.platform(app.platform, ("apps", name, "platform"))
            if platform is not None:
                self._check_kind(name, app, platform)
                own = options_of(app, platform.app_options, self._page, ("apps", name))
                self._options[name] = own
        self._check_platforms(self._shape.platforms, ("platforms",))
        self._check_use(self._shape.use, ("use",))
        for name, client in self._shape.clients.items():
            self._check_platforms(client.platforms, ("clients", name, "platforms"))
            self._check_use(client.use, ("clients", name, "use"))

    def of(self, name: str, account: AccountShape) -> str:
        """Return the app of an account; one of the platform's name stands in where none is said.

        A single app that is declared for the platform needs no ``use``; several do.
        """
        if account.app is not None:
            self._check_app(account.app, account.platform, ("accounts", name, "app"))
            return account.app
        client = self._shape.clients.get(account.client or "")
        for use in (client.use if client else {}, self._shape.use):
            if account.platform in use:
                return use[account.platform]
        declared = [
            app for app, shape in self._shape.apps.items() if shape.platform == account.platform
        ]
        if len(declared) > 1:
            words = f"several apps are for {account.platform}: {', '.join(declared)}."
            hint = (
                f"Say which, for all or for a client: use: {{{account.platform}: {declared[0]}}}."
            )
            self._page.mistake("app.needed", ("accounts", name), words, hint, key=True)
        return declared[0] if declared else account.platform

    def options(self, name: str, platform: Platform) -> Mapping[str, JsonValue]:
        """Return an app's own keys; the defaults where it stands in for none."""
        defaults = {option.name: option.default for option in platform.app_options}
        return self._options.get(name, defaults)

    def used(self, accounts: Iterable[Account]) -> dict[str, App]:
        """Return the apps declared and those that stand in for none."""
        apps = {name: self._app(name, shape) for name, shape in self._shape.apps.items()}
        for account in accounts:
            apps.setdefault(account.app, App(account.app, account.platform, ""))
        return apps

    def client_id(self, name: str) -> str:
        """Return the id that the platform gave an app, "" where none is declared."""
        app = self._shape.apps.get(name)
        return "" if app is None else app.client_id or ""

    def _app(self, name: str, shape: AppShape) -> App:
        kind = shape.kind or AppKind.CONFIDENTIAL
        return App(
            name,
            shape.platform,
            shape.client_id or "",
            kind,
            shape.redirect,
            shape.monthly_budget_usd,
        )

    def _check_kind(self, name: str, app: AppShape, platform: Platform) -> None:
        way = platform.login.oauth2
        kinds = [AppKind.CONFIDENTIAL] if way is None else [*way.kinds]
        if app.kind is not None and app.kind not in kinds:
            words = f"{app.platform} has no {app.kind} apps."
            hint = f"It has {', '.join(kinds)}."
            self._page.mistake("app.kind", ("apps", name, "kind"), words, hint)

    def _check_platforms(self, names: Iterable[str], path: Path) -> None:
        for name in names:
            self._page.platform(name, (*path, name), key=True)

    def _check_use(self, use: Mapping[str, str], path: Path) -> None:
        for platform, app in use.items():
            if self._page.platform(platform, (*path, platform), key=True) is not None:
                self._check_app(app, platform, (*path, platform))

    def _check_app(self, name: str, platform: str, path: Path) -> None:
        app = self._shape.apps.get(name)
        if self._page.knows("app", name, "apps", path) and app and app.platform != platform:
            words = f"the app {name} is for {app.platform}, not for {platform}."
            self._page.mistake("app.platform", path, words, "Name an app of that platform.")
