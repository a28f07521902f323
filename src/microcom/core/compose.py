"""What data alone can say against a post: its text, title, link, labels and files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from microcom.core.account import Rules
from microcom.core.capability import Capabilities, TextRule
from microcom.core.post import Snapshot
from microcom.core.problem import Problem, Severity
from microcom.core.text import LINK_WEIGHT, Counting, cashtags, has_link, hashtags, length, links

INVISIBLE = frozenset({"Cc", "Cf"})
"""Categories of characters that show nothing by themselves."""


def check(
    snapshot: Snapshot,
    capabilities: Capabilities,
    *,
    limit: int | None = None,
    rules: Rules,
    place: str = "This place",
) -> list[Problem]:
    """Return what the facts about a place and the rules in force have against a post.

    ``limit`` is how much one part may hold, where an account may hold more than others; ``place``
    is how messages call where it goes. Codes: ``text.empty``, ``text.unreadable``,
    ``text.too_long``, ``text.cashtags``, ``thread.too_long``, ``title.too_long``,
    ``link.too_long``, ``link.address`` (cannot); ``text.hashtags``, ``text.links``,
    ``text.banned``, ``label.unknown``, ``label.unstated`` (would-refuse); those of
    :func:`microcom.core.media_check.check_media`; ``title.unused`` and
    ``media.gps`` are notices.
    """
    problems = list(_parts(snapshot, capabilities))
    for number, (name, text) in enumerate(_named(snapshot)):
        if not _is_readable(text):
            problems.append(_unreadable(name))
        elif _is_blank(text):
            if not snapshot.of_part(number):
                problems.append(_blank(name))
        else:
            problems.extend(_length(name, text, capabilities.text, limit))
            problems.extend(_tags(name, text, capabilities, rules))
            problems.extend(_banned(name, text, rules))
            problems.extend(_links(name, text, rules))
    if snapshot.title is not None:
        problems.extend(_banned("The title", snapshot.title, rules))
    problems.extend(_fields(snapshot, capabilities, place))
    problems.extend(_unstated(snapshot, rules))
    problems.extend(_labels(snapshot, capabilities, place))
    if snapshot.media or capabilities.media is not None:
        from microcom.core.media_check import check_media, check_places

        problems.extend(check_media(snapshot, capabilities.media, place, rules))
        problems.extend(check_places(snapshot.media))
    return problems


def _named(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield each part with what a person calls it."""
    if len(snapshot.parts) == 1:
        yield "The text", snapshot.parts[0]
        return
    for number, text in enumerate(snapshot.parts, 1):
        yield f"Part {number}", text


def _parts(snapshot: Snapshot, capabilities: Capabilities) -> Iterator[Problem]:
    count, most = len(snapshot.parts), capabilities.thread_parts
    if count == 0:
        yield _blank("The text")
    elif count > most == 1:
        message = f"A thread of {count} parts has no place here: one text is the most."
        yield Problem("thread.too_long", message, "Say it in one text.")
    elif count > most:
        message = f"The thread has {count} parts; {most} is the most."
        yield Problem("thread.too_long", message, f"Leave out {count - most}, or make two posts.")


def _fields(snapshot: Snapshot, capabilities: Capabilities, place: str) -> Iterator[Problem]:
    """Yield what is wrong with the title and the link."""
    title, most = snapshot.title, capabilities.title_limit
    if title is not None and most is None:
        message = f"{place} has no titles: this one is left out."
        yield Problem("title.unused", message, severity=Severity.NOTICE)
    elif title is not None and most is not None and len(title) > most:
        hint = f"Shorten it by {len(title) - most}."
        yield Problem("title.too_long", f"The title is {len(title)} of {most}.", hint)
    link, most = snapshot.link, capabilities.link_limit
    if link is None or most is None:
        return
    if not link.startswith(("https://", "http://")):
        hint = "Write it whole: https://example.com/page"
        yield Problem("link.address", f"{link!r} is no web address.", hint)
    elif len(link) > most:
        yield Problem("link.too_long", f"The link is {len(link)} of {most}.", "Use a shorter one.")


def _labels(snapshot: Snapshot, capabilities: Capabilities, place: str) -> Iterator[Problem]:
    """Yield a problem for each label that says something and that the place cannot show."""
    for name, value in snapshot.labels.row().items():
        if value in {False, "none"} or name in capabilities.labels:
            continue
        if (name, value) == ("brand", "own"):  # one's own business hides nothing from a reader
            message = f"{place} has no label for one's own brand: it is left out."
            yield Problem("label.unknown", message, severity=Severity.NOTICE)
            continue
        message = f"{place} cannot carry the label {name}."
        hint = "Say it in the text, or let it pass."
        yield Problem("label.unknown", message, hint, severity=Severity.WOULD_REFUSE)


def _is_readable(text: str) -> bool:
    """Say whether the text can leave as UTF-8; a shell with another encoding leaves surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_blank(text: str) -> bool:
    return all(one.isspace() or unicodedata.category(one) in INVISIBLE for one in text)


def _unreadable(name: str) -> Problem:
    message = f"{name} holds bytes that are not UTF-8 text."
    return Problem("text.unreadable", message, "Save it as UTF-8.")


def _blank(name: str) -> Problem:
    return Problem("text.empty", f"{name} is empty.", "Write something, or leave it out.")


def _length(name: str, text: str, rule: TextRule, most: int | None) -> Iterator[Problem]:
    limit = rule.limit if most is None else most
    used = length(text, rule.counting)
    if used <= limit:
        return
    weighted = rule.counting is Counting.WEIGHTED and has_link(text)
    counted = f" (links count {LINK_WEIGHT})" if weighted else ""
    hint = f"Shorten it by {used - limit}, or move some of it to another part."
    yield Problem("text.too_long", f"{name} is {used} of {limit}{counted}.", hint)


def _tags(name: str, text: str, capabilities: Capabilities, rules: Rules) -> Iterator[Problem]:
    money, most_money = len(cashtags(text)), capabilities.max_cashtags
    if most_money is not None and money > most_money:
        message = f"{name} has {money} cashtags; {most_money} is the most."
        yield Problem("text.cashtags", message, f"Leave out {money - most_money}.")
    own = rules.max_hashtags
    tags, most = len(hashtags(text)), capabilities.max_hashtags if own is None else own
    if most is not None and tags > most:
        message = f"{name} has {tags} {'hashtag' if tags == 1 else 'hashtags'}; {_limit(most)}."
        hint = f"Leave out {tags - most}, or raise max_hashtags."
        yield Problem("text.hashtags", message, hint, severity=Severity.WOULD_REFUSE)


def _limit(most: int) -> str:
    return f"{most} is the most" if most else "none is allowed"


def _banned(name: str, text: str, rules: Rules) -> Iterator[Problem]:
    for word in rules.banned:
        if _holds(text, word):
            message = f"{name} says {word!r}, which the rules ban."
            hint = "Say it in other words."
            yield Problem("text.banned", message, hint, severity=Severity.WOULD_REFUSE)


def _links(name: str, text: str, rules: Rules) -> Iterator[Problem]:
    most = rules.max_links
    if most is not None and (count := len(links(text))) > most:
        message = f"{name} has {count} {'link' if count == 1 else 'links'}; {_limit(most)}."
        hint = f"Leave out {count - most}, or raise max_links."
        yield Problem("text.links", message, hint, severity=Severity.WOULD_REFUSE)


def _unstated(snapshot: Snapshot, rules: Rules) -> Iterator[Problem]:
    """Yield a problem for each label that has to be answered and is not."""
    said = snapshot.labels.row()
    for name in rules.must_state:
        if name not in said:
            answer = "own, partner, both or none" if name == "brand" else "true or false"
            message = f"The post does not say the label {name}, which the rules ask for."
            hint = f"Add labels: {{{name}: …}}: {answer}."
            yield Problem("label.unstated", message, hint, severity=Severity.WOULD_REFUSE)


def _holds(text: str, phrase: str) -> bool:
    """Say whether a text holds a phrase as whole words, whatever its case and blanks."""
    words = r"\s+".join(re.escape(word) for word in _folded(phrase).split())
    return bool(words) and re.search(rf"(?<!\w){words}(?!\w)", _folded(text)) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
