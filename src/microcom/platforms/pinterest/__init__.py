"""Pinterest: pins, carousels and video pins, into boards and their sections."""

from __future__ import annotations

from microcom.platforms.pinterest.adapter import Pinterest

platform = Pinterest()
