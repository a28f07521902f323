"""The accounts file that `microcom init` writes: short, and right as it stands."""

from __future__ import annotations

import re
from pathlib import Path

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


def starter(
    zone: str, platform: str, *, handle: str = "yourhandle", project: str = "my-project"
) -> str:
    """Return the text of an accounts file with one account on ``platform``.

    ``zone`` is an IANA name; ``handle`` may have its @.
    """
    handle = handle.lstrip("@") or "yourhandle"
    return TEXT.format(
        project=_name(project) or "my-project",
        zone=zone,
        account=f"{_name(handle) or 'my'}-{platform}",
        platform=platform,
        handle=handle,
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


def _name(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")
