"""TikTok: video to an audience that the target names, or to the app's inbox."""

from __future__ import annotations

from microcom.platforms.tiktok.adapter import TikTok

platform = TikTok()
