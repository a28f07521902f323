"""From one post to deliveries: every target found, every text checked, every time read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from microcom.core import schedule
from microcom.core.account import Account
from microcom.core.aim import aim
from microcom.core.config import Config
from microcom.core.names import did_you_mean
from microcom.core.passage import Fresh
from microcom.core.platform import Platform
from microcom.core.post import Post, Snapshot
from microcom.core.problem import Problem, Severity
from microcom.core.steps import JsonValue
from microcom.core.target import Target, expand
from microcom.errors import UserError

TO = "--to"
AT = "--at"
SHORT = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be queued, and what was found on the way.

    A target that something stands in the way of has no delivery. Among ``problems`` only notices
    let the rest pass: what was allowed is one.
    """

    deliveries: tuple[Fresh, ...]
    problems: tuple[Problem, ...]

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
    to: Sequence[str] = (),
    at: str | None = None,
    allow: Collection[str] = (),
    past: bool = False,
) -> Plan:
    """Return one delivery for each target of the post, and every problem found.

    ``to`` and ``at`` win over the post's own; without a time it is due now, and each target reads
    the time in its own zone. ``allow`` names codes of would-refuse problems that may pass; with
    ``past`` a time that has gone by is no problem. A problem's ``where`` is ``--to``, ``--at``, a
    word of ``to`` as written, or a target.
    """
    drawing = _Drawing(post, config, platforms, now, at or post.at, past=past)
    targets = drawing.targets(to or post.to)
    deliveries = [drawing.delivery(target) for target in targets]
    if not targets:
        drawing.moment(config.timezone)
    problems = [_passed(problem, allow) for problem in drawing.problems]
    stopped = {problem.where for problem in problems if problem.severity is not Severity.NOTICE}
    return Plan(
        tuple(one for one in deliveries if one is not None and str(one.target) not in stopped),
        tuple(dict.fromkeys(problems)),
    )


def name_of(post: Post) -> str:
    """Return the post's id, or a name made of its content where it has none."""
    return post.id or f"text-{Snapshot(post.parts, post.media).digest[:SHORT]}"


def _with_link(parts: tuple[str, ...], link: str) -> tuple[str, ...]:
    """Return the parts with a link after the last one, unless one of them holds it already."""
    if any(link in part for part in parts):
        return parts
    *before, last = parts
    return (*before, f"{last}\n\n{link}".strip())


def _passed(problem: Problem, allow: Collection[str]) -> Problem:
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
    at: str | None
    past: bool
    problems: list[Problem] = field(default_factory=list)

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
        snapshot = self._snapshot(account, target)
        self.problems.extend(self._refusals(snapshot, account, target))
        due = self._due(account, target)
        if due is None:
            return None
        return Fresh(
            target=target,
            snapshot=snapshot,
            due=due,
            zone=account.timezone,
            post=name_of(self.post),
            campaign=self.post.campaign,
            ahead=self._ahead(account, target, snapshot),
        )

    def _ahead(self, account: Account, target: Target, snapshot: Snapshot) -> timedelta:
        """Return how long before its time a post may be prepared: never beyond an upload's life."""
        community = account.communities[target.community or account.default or ""]
        rule = self.platforms[account.platform].capabilities[community.kind].media
        if rule is None or not snapshot.media:
            return timedelta()
        return min(community.rules.stage, rule.lives / 2)

    def moment(self, zone: str) -> schedule.Moment | None:
        """Return when it is due in a zone; None when no time is given or it makes no sense."""
        if self.at is None:
            return None
        try:
            return schedule.resolve(self.at, schedule.zone(zone), self.now, past=self.past)
        except UserError as error:
            self.problems.append(Problem(error.code, error.message, error.hint, AT))
            return None

    def _aim(self, word: str) -> Target | Problem:
        found = aim(word, self.config.accounts)
        if isinstance(found, Target) or found.code != "account.unknown":
            return found
        name = word.partition("/")[0] or word
        hint = did_you_mean(name, (*self.config.accounts, *self.config.groups)) or found.hint
        return replace(found, message=f"There is no account or group {name}.", hint=hint)

    def _refusals(self, snapshot: Snapshot, account: Account, target: Target) -> Iterator[Problem]:
        community = account.communities[target.community or account.default or ""]
        platform = self.platforms[account.platform]
        for problem in platform.validate(snapshot, account, community):
            yield replace(problem, where=str(target))

    def _snapshot(self, account: Account, target: Target) -> Snapshot:
        """Return what goes to a target: a link where it has a field, else after the text."""
        post, platform = self.post, self.platforms[account.platform]
        place = account.communities[target.community or account.default or ""]
        parts, link = post.parts, post.link
        if link is not None and platform.capabilities[place.kind].link_limit is None:
            parts, link = _with_link(parts, link), None
        options = self._options(platform, target) if platform.name in post.options else {}
        return Snapshot(parts, post.media, post.title, link, post.labels, options)

    def _options(self, platform: Platform, target: Target) -> dict[str, JsonValue]:
        """Return the post's own keys for a platform; note those it does not know."""
        known = {option.name: option for option in platform.post_options}
        found: dict[str, JsonValue] = {}
        for name, written in self.post.options[platform.name].items():
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

    def _due(self, account: Account, target: Target) -> datetime | None:
        if self.at is None:
            return self.now
        moment = self.moment(account.timezone)
        if moment is None:
            return None
        if moment.note is not None:
            message = f"{moment.note}: {schedule.echo(moment, self.now)}."
            notice = Problem("time.shifted", message, None, str(target), Severity.NOTICE)
            self.problems.append(notice)
        return moment.utc
