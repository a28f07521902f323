"""The entry point: what needs no command line library is answered before one is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line of this process; return its exit code."""
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        from microcom import __version__

        sys.stdout.write(f"microcom {__version__}\n")
        return 0
    if words == ["run"] and _nothing_due():
        return 0
    import gc

    gc.disable()  # start-up makes no garbage; what runs for long turns it on again
    from microcom.cli.app import main as command

    code = command(words)
    gc.freeze()  # nor does it leave any: Python need not look through everything as it ends
    return code


def _nothing_due() -> bool:
    """Say whether the queue of this user surely has nothing due; when in doubt, say no."""
    import os

    from microcom.intake.places import REAL, find_places
    from microcom.store.idle import is_idle

    places = find_places(os.environ)
    if places.world != REAL or places.database is not None:
        return False
    # A monitor wants to hear of every run.
    return not places.environment.get("MICROCOM_HEARTBEAT") and is_idle(places.queue)


if __name__ == "__main__":
    sys.exit(main())
