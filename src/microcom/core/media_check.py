"""What data alone can say against the files of a post: kind, count, size, shape, length, words.

Each message quotes the rule it stands on, with the platform's number beside the file's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from microcom.core.account import Alt, Rules
from microcom.core.capability import ANY, FileRule, MediaRule, Range
from microcom.core.media import Media, MediaKind
from microcom.core.problem import Problem, Severity

if TYPE_CHECKING:
    from microcom.core.post import Snapshot

PLURALS = {
    MediaKind.IMAGE: "pictures",
    MediaKind.ANIMATION: "animated GIFs",
    MediaKind.VIDEO: "videos",
}
SINGULARS = {
    MediaKind.IMAGE: "a picture",
    MediaKind.ANIMATION: "an animated GIF",
    MediaKind.VIDEO: "a video",
}
SAME_SHAPE = 0.01
"""How far the ratios of width to height of two pictures may be apart: rounding of pixels."""


def check_media(
    snapshot: Snapshot, rule: MediaRule | None, place: str, rules: Rules
) -> Iterator[Problem]:
    """Yield what a place's rule has against the files; ``place`` is how messages call it.

    Where the platform's own rule is broken, the hint ends with where that rule is from.

    Codes: ``media.none``, ``media.needed``, ``media.kind``, ``media.mixed``, ``media.count``,
    ``media.type``, ``media.bytes``, ``media.size``, ``media.ratio``, ``media.seconds``,
    ``media.fps``, ``media.codec``, ``media.pixels``, ``media.frames``, ``media.shape``,
    ``media.cover``, ``alt.too_long`` (cannot); ``alt.missing`` (by rule); ``alt.unused`` (notice);
    ``media.small`` (would-refuse).
    """
    if rule is None:
        if snapshot.media:
            yield Problem("media.none", f"{place} takes no files.", "Leave the media out.")
        return
    if rule.needed and not snapshot.media:
        yield Problem("media.needed", f"{place} takes nothing without {_kinds(rule)}.", ADD)
    for number in range(len(snapshot.parts)):
        yield from _sourced(_group(snapshot.of_part(number), rule, place), rule)
    for one in snapshot.media:
        yield from _sourced(_file(one, rule, place), rule)
        yield from _alt(one, rule, rules, place)


def check_places(media: Sequence[Media]) -> Iterator[Problem]:
    """Yield a notice ``media.gps`` for each file that says where it was taken."""
    for one in media:
        if one.places:
            message = f"{name_of(one)} says where it was taken (GPS), and goes out with it."
            hint = "The rule `media: fix` sends a copy without it."
            yield Problem("media.gps", message, hint, severity=Severity.NOTICE)


ADD = "Add one: --media FILE, or `media:` in the post's file."


def name_of(media: Media) -> str:
    """Return what messages call a file."""
    return media.name or f"the {media.kind}"


def _sourced(problems: Iterator[Problem], rule: MediaRule) -> Iterator[Problem]:
    """Yield problems with the source of the platform's rule behind what to do."""
    for one in problems:
        yield replace(one, hint=f"{one.hint or ''} (Rule: {rule.source}.)".strip())


def _group(media: Sequence[Media], rule: MediaRule, place: str) -> Iterator[Problem]:
    """Yield what is wrong with the files of one part together."""
    kinds = list(dict.fromkeys(one.kind for one in media))
    if len(kinds) > 1:
        found = " and ".join(PLURALS[kind] for kind in kinds)
        message = f"{place} takes files of one kind in a post, not {found} together."
        yield Problem("media.mixed", message, "Make two posts of it.")
        return
    own = rule.of(kinds[0]) if kinds else None
    if own is not None and len(media) > own.most:
        message = f"{len(media)} {PLURALS[own.kind]}; {place} takes {own.most} in a post."
        yield Problem("media.count", message, f"Leave out {len(media) - own.most}.")
    if rule.one_shape and len(media) > 1:
        yield from _shapes(media, place)


def _shapes(media: Sequence[Media], place: str) -> Iterator[Problem]:
    first = media[0].width / media[0].height
    for one in media[1:]:
        ratio = one.width / one.height
        if abs(ratio - first) > SAME_SHAPE * first:
            message = (
                f"{name_of(one)} is {_size(one)} and {name_of(media[0])} {_size(media[0])}; "
                f"{place} wants one shape for all of them."
            )
            yield Problem("media.shape", message, "Crop them to the same ratio.")


def _file(media: Media, rule: MediaRule, place: str) -> Iterator[Problem]:
    own = rule.of(media.kind)
    name = name_of(media)
    if own is None:
        message = f"{name} is {SINGULARS[media.kind]}; {place} takes {_kinds(rule)}."
        yield Problem("media.kind", message, "Choose another file.")
        return
    if media.mime not in own.mimes:
        message = f"{name} is {media.mime}; {place} takes {', '.join(own.mimes)}."
        yield Problem("media.type", message, "Save it in another format.")
    if media.size > own.max_bytes:
        message = f"{name} is {megabytes(media.size)}; {place} takes {megabytes(own.max_bytes)}."
        yield Problem("media.bytes", message, "Make it smaller.")
    yield from _picture(media, own, place)
    if media.kind is not MediaKind.IMAGE:
        yield from _moving(media, own, place)


def _picture(media: Media, own: FileRule, place: str) -> Iterator[Problem]:
    name = name_of(media)
    for value, span, what in (
        (media.width, own.width, "wide"),
        (media.height, own.height, "high"),
    ):
        if value not in span:
            message = f"{name} is {value} pixels {what}; {place} takes {words(span)}."
            yield Problem("media.size", message, "Resize it.")
    ratio = media.width / media.height
    if ratio not in own.ratio:
        message = f"{name} is {ratio:.2f} times as wide as high; {place} takes {words(own.ratio)}."
        yield Problem("media.ratio", message, "Crop it.")
    if own.wise is not None and (media.width < own.wise[0] or media.height < own.wise[1]):
        message = (
            f"{name} is {_size(media)}; {place} shows pictures poorly below "
            f"{own.wise[0]} x {own.wise[1]}."
        )
        yield Problem("media.small", message, "Use a larger one.", severity=Severity.WOULD_REFUSE)


def _moving(media: Media, own: FileRule, place: str) -> Iterator[Problem]:
    name = name_of(media)
    if own.seconds is not ANY and media.seconds is not None and media.seconds not in own.seconds:
        message = f"{name} lasts {media.seconds:.1f} s; {place} takes {words(own.seconds)} s."
        yield Problem("media.seconds", message, "Cut it.")
    if own.fps is not ANY and media.fps is not None and media.fps not in own.fps:
        message = f"{name} has {media.fps:g} pictures a second; {place} takes {words(own.fps)}."
        yield Problem("media.fps", message, "Convert it.")
    if own.codecs and media.codec not in own.codecs:
        message = f"{name} is coded in {media.codec}; {place} takes {', '.join(own.codecs)}."
        yield Problem("media.codec", message, "Convert it.")
    if own.pixels and media.pixels is not None and media.pixels not in own.pixels:
        message = (
            f"{name} keeps its pixels as {media.pixels}; {place} takes {', '.join(own.pixels)}."
        )
        yield Problem("media.pixels", message, "Convert it to 8 bits a colour, 4:2:0.")
    frames = media.frames or 1
    if own.max_frames is not None and frames > own.max_frames:
        message = f"{name} has {frames} frames; {place} takes {own.max_frames}."
        yield Problem("media.frames", message, "Leave some out.")
    pixels = media.width * media.height * frames
    if own.max_pixels is not None and pixels > own.max_pixels:
        message = (
            f"{name} has {pixels / 1e6:.0f} million pixels in all its frames; "
            f"{place} takes {own.max_pixels / 1e6:.0f} million."
        )
        yield Problem("media.frames", message, "Make it smaller, or leave frames out.")
    if media.cover is not None and media.seconds is not None and media.cover > media.seconds:
        message = (
            f"The cover of {name} is at {media.cover:g} s, and it lasts {media.seconds:.1f} s."
        )
        yield Problem("media.cover", message, "Choose an earlier moment.")


def _alt(media: Media, rule: MediaRule, rules: Rules, place: str) -> Iterator[Problem]:
    name = name_of(media)
    if rule.alt_limit is None or media.kind not in rule.alt_kinds:
        if media.alt:
            message = f"{place} has no place for the alt text of {name}: it is left out."
            yield Problem("alt.unused", message, severity=Severity.NOTICE)
        return
    if media.alt is None and rules.alt is not Alt.OFF:
        severity = Severity.WOULD_REFUSE if rules.alt is Alt.REQUIRE else Severity.NOTICE
        hint = 'Say what it shows: --alt TEXT, or "" where it is decoration.'
        yield Problem("alt.missing", f"{name} has no alt text.", hint, severity=severity)
    if media.alt is not None and len(media.alt) > rule.alt_limit:
        message = f"The alt text of {name} has {len(media.alt)} of {rule.alt_limit} characters."
        hint = f"Shorten it by {len(media.alt) - rule.alt_limit}."
        yield Problem("alt.too_long", message, hint)


def words(span: Range) -> str:
    """Return a range in words: ``at most 1280``."""
    if span.least is None:
        return "any" if span.most is None else f"at most {span.most:g}"
    if span.most is None:
        return f"at least {span.least:g}"
    return f"{span.least:g} to {span.most:g}"


def megabytes(size: int) -> str:
    """Return a size for people: decimal, as platforms count; small ones in kB."""
    if size < 1_000_000:  # noqa: PLR2004 - where megabytes begin
        return f"{size / 1000:.1f} kB"
    if size < 1_000_000_000:  # noqa: PLR2004 - where gigabytes begin
        return f"{size / 1e6:.1f} MB"
    return f"{size / 1e9:.2f} GB"


def _kinds(rule: MediaRule) -> str:
    return " or ".join(SINGULARS[own.kind] for own in rule.files)


def _size(media: Media) -> str:
    return f"{media.width} x {media.height}"
