"""X: text posts and threads on an account's own timeline."""

from __future__ import annotations

from microcom.platforms.x.adapter import X

platform = X()
