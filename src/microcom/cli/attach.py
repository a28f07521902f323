"""What goes with a text on the command line: files, a title, a link, labels, platforms' options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.core.post import BRANDS, Attachment, Labels, is_address
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microcom.cli.session import Session
    from microcom.core.passage import Fresh
    from microcom.intake.draft import Draft

MediaFiles = Annotated[
    list[str] | None,
    typer.Option("--media", metavar="FILE | URL", help="A picture or video; repeat for several."),
]
Alts = Annotated[
    list[str] | None,
    typer.Option("--alt", metavar="TEXT", help='What each shows, in order; "" for decoration.'),
]
Title = Annotated[
    str | None, typer.Option("--title", metavar="TEXT", help="Where a platform has titles.")
]
Link = Annotated[
    str | None,
    typer.Option("--link", metavar="URL", help="In the platform's field, else after the text."),
]
LabelWords = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="NAME", help="ai, paid, or brand=own|partner|both|none."),
]
OptionWords = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="PLATFORM.KEY=VALUE", help="For one platform alone."),
]


def with_words(
    draft: Draft,
    *,
    media: Sequence[str],
    alts: Sequence[str],
    title: str | None,
    link: str | None,
    labels: Sequence[str],
    options: Sequence[str],
) -> Draft:
    """Return the draft with what was said on the command line, which wins over its file."""
    post = draft.post
    said = replace(
        post,
        attachments=_attachments(media, alts) or post.attachments,
        title=title or post.title,
        link=link or post.link,
        labels=_labels(labels, post.labels),
        options=_options(options, post.options),
    )
    return replace(draft, post=said)


def look_at(session: Session, draft: Draft) -> Draft:
    """Return the draft with what its files are; those at addresses are fetched."""
    post = draft.post
    if not post.attachments and not any(one.attachments for one in post.variants.values()):
        return draft
    from microcom.intake.draft import looked_at

    try:
        return looked_at(draft, session.files.look)
    finally:
        session.files.line.end()


def keep(session: Session, fresh: Sequence[Fresh]) -> None:
    """Copy the files that deliveries hold into the media store, so that nothing changes them."""
    media = {file.sha256: file for one in fresh for file in one.snapshot.media}
    if not media:
        return
    from microcom.intake.places import private_folder

    private_folder(session.places.media)
    files = session.files
    try:
        for one in media.values():
            files.line.show(f"copying {one.name}")
            session.media.keep(files.path(one), one.sha256)
    finally:
        files.line.end()


def _attachments(media: Sequence[str], alts: Sequence[str]) -> tuple[Attachment, ...]:
    if alts and len(alts) != len(media):
        raise UserError(
            f"There are {len(media)} --media and {len(alts)} --alt.",
            code="alt.count",
            hint='Give one --alt for each --media, in the same order; --alt "" for decoration.',
        )
    texts: Sequence[str | None] = alts or [None] * len(media)
    return tuple(
        Attachment(_file(file), None if alt is None else alt.strip())
        for file, alt in zip(media, texts, strict=True)
    )


def _file(word: str) -> str:
    return word if is_address(word) else str(Path(word).absolute())


def _labels(words: Sequence[str], labels: Labels) -> Labels:
    for word in words:
        name, _, value = word.partition("=")
        if name == "brand" and value in BRANDS:
            labels = replace(labels, brand=value)
        elif name == "ai" and value in {"", "true", "false"}:
            labels = replace(labels, ai=value != "false")
        elif name == "paid" and value in {"", "true", "false"}:
            labels = replace(labels, paid=value != "false")
        else:
            hint = f"Labels are ai, paid, and brand={'|'.join(BRANDS)}."
            raise UserError(f"{word!r} is no label.", code="label.word", hint=hint)
    return labels


def _options(
    words: Sequence[str], options: Mapping[str, Mapping[str, object]]
) -> Mapping[str, Mapping[str, object]]:
    found = {name: dict(keys) for name, keys in options.items()}
    for word in words:
        key, equals, value = word.partition("=")
        platform, dot, name = key.partition(".")
        if not (equals and dot and platform and name):
            hint = "Write PLATFORM.KEY=VALUE; `microcom platforms show PLATFORM` lists the keys."
            raise UserError(f"{word!r} is no option.", code="option.word", hint=hint)
        found.setdefault(platform, {})[name] = value
    return found
