"""What TikTok asks of tools that post: rules beyond data, and what a person agrees to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcom.core.compose import check as check_data
from microcom.core.media import MediaKind
from microcom.core.problem import Problem, Severity

if TYPE_CHECKING:
    from microcom.core.account import Account, Community
    from microcom.core.capability import Capabilities
    from microcom.core.post import Labels, Snapshot

MUSIC = "TikTok's Music Usage Confirmation"
BRANDED = "TikTok's Branded Content Policy"
OF_A_CAPTION = frozenset({"text.empty", "text.too_long", "title.unused", "title.too_long"})
"""What nobody asks of words that a person pastes; banned ones stay banned."""
ONLY_ME = "only-me"
OPEN_TO_ANY = frozenset({"inbox", ONLY_ME})


def check(
    snapshot: Snapshot, account: Account, community: Community, facts: Capabilities
) -> list[Problem]:
    """Return what TikTok would refuse, and what posting means, for people to know.

    Codes beside those of data: ``tiktok.unaudited`` (would-refuse), ``tiktok.branded_private``,
    ``tiktok.photo_urls``, ``tiktok.photo_names``, ``tiktok.photo_ai`` (cannot); notices:
    ``tiktok.consent``, ``tiktok.paste``, ``tiktok.private``.
    """
    problems = check_data(snapshot, facts, rules=community.rules, place="TikTok")
    if not facts.takes_text:
        problems = [one for one in problems if one.code not in OF_A_CAPTION]
    problems.extend(_unaudited(account, community))
    problems.extend(_photos(snapshot, account))
    if facts.takes_text:
        problems.extend(_direct(snapshot, community))
    elif any(part.strip() for part in snapshot.parts):
        message = "TikTok takes no caption with a draft: paste it in the app."
        problems.append(Problem("tiktok.paste", message, severity=Severity.NOTICE))
    return problems


def branded(labels: Labels) -> bool:
    """Say whether a post promotes somebody else's business."""
    return labels.paid is True or labels.brand in {"partner", "both"}


def own_brand(labels: Labels) -> bool:
    """Say whether a post promotes the account's own business."""
    return labels.brand in {"own", "both"}


def _unaudited(account: Account, community: Community) -> Iterator[Problem]:
    if account.options.get("audited") is True:
        return
    if community.name == ONLY_ME:
        message = "TikTok has not audited the app: it takes this while the account is private."
        yield Problem("tiktok.private", message, severity=Severity.NOTICE)
    if community.name in OPEN_TO_ANY:
        return
    message = (
        f"TikTok has not audited the app {account.app}: it may fill /inbox, and post to /only-me "
        "while the account is private."
    )
    hint = "Choose one of these; once TikTok has audited the app, say `audited: true` there."
    yield Problem("tiktok.unaudited", message, hint, severity=Severity.WOULD_REFUSE)


def _photos(snapshot: Snapshot, account: Account) -> Iterator[Problem]:
    names = [one.name for one in snapshot.media if one.kind is MediaKind.IMAGE]
    if not names:
        return
    if "" in names or len(set(names)) < len(names):
        message = "TikTok fetches pictures by their file names: each needs one of its own."
        yield Problem("tiktok.photo_names", message, "Rename them.")
    if not account.options.get("photo_urls"):
        message = "TikTok fetches pictures from an address that is verified for the app."
        hint = "Verify one in TikTok's portal and say `photo_urls:` of the app, or make a video."
        yield Problem("tiktok.photo_urls", message, hint)
    if snapshot.labels.ai:
        message = "TikTok's API has no AI label for pictures."
        yield Problem("tiktok.photo_ai", message, "Send it to /inbox and label it in the app.")


def _direct(snapshot: Snapshot, community: Community) -> Iterator[Problem]:
    """Yield what concerns a post that goes out without a person in the app."""
    is_branded = branded(snapshot.labels)
    if is_branded and community.name == ONLY_ME:
        message = "TikTok takes no branded content that only the account sees."
        yield Problem("tiktok.branded_private", message, "Choose another audience.")
    if snapshot.title and all(one.kind is MediaKind.VIDEO for one in snapshot.media):
        message = "TikTok's videos have no title: this one is left out."
        yield Problem("title.unused", message, severity=Severity.NOTICE)
    agreed = f"{BRANDED} and {MUSIC}" if is_branded else MUSIC
    message = f"By posting, you agree to {agreed}."
    yield Problem("tiktok.consent", message, severity=Severity.NOTICE)
