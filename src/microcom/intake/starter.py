"""The files that `microcom init` and `new` write: short, and right as they stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from microcom.core.names import slug
from microcom.errors import UserError

TEXT = """\
# Who posts where. No secrets here: `microcom login ACCOUNT` keeps them where they belong.
# After each change: microcom check
microcom: 1                  # version of this format
project: {project}
timezone: {zone}

accounts:
  {account}:
    platform: {platform}
    handle: {handle}         # without @

# Your own app on the platform, to log in through (docs/accounts.md says how to make one):
# apps:
#   my-{platform}: {{platform: {platform}, client_id: THE_ID}}    # its secret: microcom apps secret

# Optional, for all accounts; the same keys may stand in an account or client, and win there.
# rules:
#   ceiling: {{hour: 4, day: 15}}          # posts per account; above it the account is parked
#   missed: {{do: hold, after: 2h}}        # send, hold or skip what is this late
#   banned: [cheapest, miracle]

# A name for several targets: microcom post "Hello" --to friends
# groups:
#   friends: [{account}]
"""


POST = """\
---
id: {name}
to: [{to}]                    # accounts, account/community, groups
{at}
title: {title}
# link: https://example.com
# tags: [one, two]            # without #
# labels: {{ai: false}}         # also paid, and brand: own, partner, both or none
# media:
#   - {{file: picture.jpg, alt: "What it shows"}}
# for:                        # what is otherwise for some: an account, account/community,
#   platform:pinterest:       #   group:NAME, platform:NAME or client:NAME
#     title: Another title
---
{text}
"""


def starter(
    zone: str, platform: str, *, handle: str = "yourhandle", project: str = "my-project"
) -> str:
    """Return the text of an accounts file with one account on ``platform``.

    ``zone`` is an IANA name; ``handle`` may have its @.
    """
    handle = handle.lstrip("@") or "yourhandle"
    return TEXT.format(
        project=slug(project) or "my-project",
        zone=zone,
        account=f"{slug(handle) or 'my'}-{platform}",
        platform=platform,
        handle=handle,
    )


def post_starter(name: str, title: str, to: Sequence[str], at: str | None) -> str:
    """Return the text of a post file."""
    when = "# at: 2030-01-31 09:00        # the wall clock of each target, or: slot"
    return POST.format(
        name=name,
        to=", ".join(to),
        at=when if at is None else f"at: {at}",
        title=json.dumps(" ".join(title.split()), ensure_ascii=False),
        text=" ".join(title.split()),
    )


def write_starter(path: Path, text: str) -> None:
    """Write the file where none is; raise UserError ``config.exists`` where one is."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        message = f"There is a file {path} already."
        raise UserError(message, code="config.exists", hint="It was left as it is.") from error
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}."
        hint = "Name a folder you may write to."
        raise UserError(message, code="file.unwritable", hint=hint) from error
