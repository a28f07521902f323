"""The only place where things happen: calls leave, time passes, processes run."""

import sys

# httpx imports its own command line where it can, and with it click, rich and more: two fifths of
# what it takes to begin. Nobody asks for it here.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
