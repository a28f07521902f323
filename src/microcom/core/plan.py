"""From one post to deliveries: every target found, every text checked, every time read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from microcom.core import schedule
from microcom.core.account import Account, Care, Community
from microcom.core.aim import aim
from microcom.core.config import Config
from microcom.core.diary import Diary
from microcom.core.names import did_you_mean
from microcom.core.passage import Fresh
from microcom.core.platform import Platform
from microcom.core.post import Post, Snapshot
from microcom.core.price import price
from microcom.core.problem import Problem, Severity
from microcom.core.steps import JsonValue
from microcom.core.tailor import Tailored, tailored, unknown
from microcom.core.target import Target, expand
from microcom.core.wording import Render, Room, worded
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.capability import MediaRule
    from microcom.core.media import Media

Fitted: TypeAlias = Callable[["Media", "MediaRule"], "Media"]
"""Gives the copy of a file that fits a place, or the file itself where none is needed."""
TO = "--to"
AT = "--at"
SHORT = 10
RULES = {
    "text.hashtags": "max_hashtags",
    "text.links": "max_links",
    "text.banned": "banned",
    "label.unstated": "must_state",
    "media.alt": "alt",
}
"""Which rule of the accounts file a problem's code speaks of."""


def as_it_is(media: Media, rule: MediaRule) -> Media:
    """Leave a file as it is."""
    del rule
    return media


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be queued, and what was found on the way.

    A target that something stands in the way of has no delivery. Among ``problems`` only notices
    let the rest pass: what was allowed is one. ``said`` tells for a target (as written) and a
    field which key of the post's ``for`` said it. ``targets`` are all that were named. What
    would go to a target that something stands in the way of is ``refused``, as far as it was drawn.
    ``unplaced`` are the problems that name targets, where ``problems`` name places in a file.
    """

    deliveries: tuple[Fresh, ...]
    problems: tuple[Problem, ...]
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    refused: tuple[Fresh, ...] = ()
    unplaced: tuple[Problem, ...] = ()

    @property
    def obstacles(self) -> tuple[Problem, ...]:
        """Return the problems that stand in the way of something."""
        return tuple(one for one in self.problems if one.severity is not Severity.NOTICE)


def plan(
    post: Post,
    config: Config,
    platforms: Mapping[str, Platform],
    now: datetime,
    *,
    render: Render,
    fitted: Fitted = as_it_is,
    diary: Diary | None = None,
    to: Sequence[str] = (),
    at: str | None = None,
    allow: Collection[str] = (),
    past: bool = False,
) -> Plan:
    """Return one delivery for each target of the post, and every problem found.

    ``to`` and ``at`` win over the post's own; without a time it is due now, and each target reads
    the time in its own zone. ``render`` fills templates in; ``fitted`` makes the copies of files
    that places with ``media: fix`` get; ``diary`` knows when accounts are taken. ``allow`` names
    codes of would-refuse problems that may pass; with ``past`` a time that has gone by is no
    problem. A problem's ``where`` is ``--to``, ``--at``, a word of ``to`` as written, a key of
    ``for``, or a target.
    """
    drawing = _Drawing(
        *(post, config, platforms, now, render, fitted, diary or Diary()), at=at, past=past
    )
    targets = drawing.targets(to or post.to)
    drawing.problems.extend(unknown(post, config))
    drawn = [one for one in map(drawing.delivery, targets) if one is not None]
    if not targets:
        drawing.checked(at or post.at)
    problems = [passed(problem, allow) for problem in drawing.problems]
    stopped = {problem.where for problem in problems if problem.severity is not Severity.NOTICE}
    return Plan(
        tuple(
            replace(one, allowed=drawing.allowed(one.target, allow))
            for one in drawn
            if str(one.target) not in stopped
        ),
        tuple(dict.fromkeys(problems)),
        drawing.said,
        tuple(targets),
        tuple(one for one in drawn if str(one.target) in stopped),
    )


def name_of(post: Post) -> str:
    """Return the post's id, or a name made of its content where it has none."""
    return post.id or f"text-{Snapshot(post.parts, post.media).digest[:SHORT]}"


def passed(problem: Problem, allow: Collection[str]) -> Problem:
    """Return a problem as it stands once some kinds of would-refuse problems may pass."""
    if problem.severity is Severity.WOULD_REFUSE and problem.code in allow:
        return replace(problem, severity=Severity.NOTICE, hint=None)
    return problem


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A plan in the making."""

    post: Post
    config: Config
    platforms: Mapping[str, Platform]
    now: datetime
    render: Render
    fitted: Fitted
    diary: Diary
    at: str | None
    past: bool
    problems: list[Problem] = field(default_factory=list)
    said: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def targets(self, words: Sequence[str]) -> list[Target]:
        """Return the targets that the words name, each once."""
        if not words:
            hint = "Name an account or group: --to NAME, or `to:` in the post's file."
            self.problems.append(Problem("target.none", "No target is named.", hint, TO))
        targets, problems = expand(words, self.config.groups, self._aim)
        self.problems.extend(problems)
        return list(targets)

    def delivery(self, target: Target) -> Fresh | None:
        """Return the delivery to a target, checked; None when its time makes no sense."""
        account = self.config.accounts[target.account]
        place = account.communities[target.community or account.default or ""]
        tailor = tailored(self.post, target, self.config)
        if tailor.said:
            self.said[str(target)] = tailor.said
        snapshot = self._snapshot(tailor.post, account, place, target)
        snapshot = self._with_copies(snapshot, account, place, target)
        self._refused(snapshot, account, place, target)
        due = self._due(tailor, account, place, target)
        if due is None:
            return None
        return Fresh(
            target=target,
            snapshot=snapshot,
            due=due,
            zone=account.zone_of(target.community),
            post=name_of(self.post),
            campaign=self.post.campaign,
            ahead=self._ahead(account, place, snapshot),
            cost=price(snapshot, self.platforms[account.platform].capabilities[place.kind]),
            at_words=self.at or tailor.post.at,
            source=self.post.source,
        )

    def allowed(self, target: Target, allow: Collection[str]) -> tuple[str, ...]:
        """Return the codes of a target's problems that may pass."""
        codes = (
            one.code
            for one in self.problems
            if one.where == str(target) and one.severity is Severity.WOULD_REFUSE
        )
        return tuple(dict.fromkeys(code for code in codes if code in allow))

    def checked(self, words: str | None) -> None:
        """Note what is wrong with a time that no target reads."""
        if words is None:
            return
        from microcom.core.when import At, read

        try:
            when = read(words, schedule.zone(self.config.timezone), self.now, file=self._in_file)
            if isinstance(when, At):
                when.moment(schedule.zone(self.config.timezone), self.now, past=self.past)
        except UserError as error:
            self.problems.append(Problem(error.code, error.message, error.hint, AT))

    @property
    def _in_file(self) -> bool:
        """Say whether the time stands in a file, which is read on other days, too."""
        return self.at is None and self.post.source is not None

    def _aim(self, word: str) -> Target | Problem:
        found = aim(word, self.config.accounts)
        if isinstance(found, Target) or found.code != "account.unknown":
            return found
        name = word.partition("/")[0] or word
        hint = did_you_mean(name, (*self.config.accounts, *self.config.groups)) or found.hint
        return replace(found, message=f"There is no account or group {name}.", hint=hint)

    def _ahead(self, account: Account, place: Community, snapshot: Snapshot) -> timedelta:
        rule = self.platforms[account.platform].capabilities[place.kind].media
        return rule.ahead(place.rules.stage) if rule and snapshot.media else timedelta()

    def _snapshot(self, post: Post, account: Account, place: Community, target: Target) -> Snapshot:
        """Return what goes to a target, in its own words."""
        platform = self.platforms[account.platform]
        client = self.config.client_of(account)
        room = Room(client, account, place, platform.capabilities[place.kind])
        found = worded(post, room, self.render)
        self.problems.extend(replace(one, where=str(target)) for one in found.problems)
        if platform.name not in post.options:
            return found.snapshot
        return replace(found.snapshot, options=self._options(post, platform, target))

    def _with_copies(
        self, snapshot: Snapshot, account: Account, place: Community, target: Target
    ) -> Snapshot:
        """Return a snapshot whose files were made to fit, where the rules ask for that."""
        rule = self.platforms[account.platform].capabilities[place.kind].media
        if not snapshot.media or rule is None or place.rules.media is not Care.FIX:
            return snapshot
        from microcom.core.media_copy import change

        media: list[Media] = []
        for one in snapshot.media:
            copy = self.fitted(one, rule)
            if copy is not one:
                notice = change(one, copy)
                self.problems.append(replace(notice, where=str(target)))
            media.append(copy)
        return replace(snapshot, media=tuple(media))

    def _options(self, post: Post, platform: Platform, target: Target) -> dict[str, JsonValue]:
        """Return the post's own keys for a platform; note those it does not know."""
        known = {option.name: option for option in platform.post_options}
        found: dict[str, JsonValue] = {}
        for name, written in post.options[platform.name].items():
            if name not in known:
                hint = did_you_mean(name, known) or f"It has {', '.join(known) or 'none'}."
                message = f"{platform.name} has no option {name} for posts."
                self.problems.append(Problem("option.unknown", message, hint, str(target)))
                continue
            try:
                found[name] = known[name].read(written)
            except ValueError:
                message = f"{platform.name}.{name}: expected {known[name].wanted}."
                problem = Problem("option.value", message, known[name].help, str(target))
                self.problems.append(problem)
        return found

    def _refused(
        self, snapshot: Snapshot, account: Account, place: Community, target: Target
    ) -> None:
        """Note what the platform or a rule has against the content, with the rule's own line."""
        for problem in self.platforms[account.platform].validate(snapshot, account, place):
            rule = RULES.get(problem.code)
            said = rule and self._rule(rule, account, place)
            hint = f"{problem.hint or ''} {said}".strip() if said else problem.hint
            self.problems.append(replace(problem, hint=hint, where=str(target)))

    def _rule(self, rule: str, account: Account, place: Community) -> str | None:
        """Return a rule in force in words: its value, and the line or the platform it is from."""
        origin = self.config.origin(account.name, place.name, rule)
        if origin:
            line = origin.where.rpartition(":")[0].rpartition("/")[2]
            return f"The rule: {rule}: {origin.value} ({line})."
        usual = getattr(self.platforms[account.platform].capabilities[place.kind], rule, None)
        if not isinstance(usual, int):
            return None
        name = account.platform
        return f"The rule: {rule}: {usual} (the default: microcom platforms show {name})."

    def _due(
        self, tailor: Tailored, account: Account, place: Community, target: Target
    ) -> datetime | None:
        words = self.at or tailor.post.at
        if words is None:
            return self.now
        from microcom.core.timing import MOVED, Timing

        client = self.config.client_of(account)
        timing = Timing(name_of(self.post), target, account, place, client, self.now)
        try:
            timed = timing.due(words, self.diary, file=self._in_file, past=self.past)
        except UserError as error:
            where = str(target) if "at" in tailor.said or error.code.startswith("slot") else AT
            self.problems.append(Problem(error.code, error.message, error.hint, where))
            return None
        for code, note in timed.notes:
            rule = self._rule(note.partition(" ")[0], account, place) if code == MOVED else None
            self.problems.append(Problem(code, note, rule, str(target), Severity.NOTICE))
        return timed.due
