"""A video in a container that is taken, without what the camera wrote: a copy of its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.media.probe import demuxer

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer, OutputContainer
    from av.stream import Stream

    from microcom.core.capability import FileRule
    from microcom.core.media import Media

CODED = frozenset({"h264", "hevc"})
"""What MP4 holds and every player of it knows."""
OPTIONS = {"movflags": "faststart", "fflags": "+bitexact"}
"""The index in front, and nothing about when or with what it was made: the same bytes again."""


def make(path: Path, draft: Path, media: Media, own: FileRule) -> bool:
    """Write the same streams as a plain MP4; False where that is not needed or would not help."""
    is_needed = media.places or media.mime not in own.mimes
    if not is_needed or "video/mp4" not in own.mimes or media.codec not in CODED:
        return False
    if own.codecs and media.codec not in own.codecs:
        return False
    import av

    av.logging.set_level(None)
    try:
        with (
            av.open(path, format=demuxer(media.mime), metadata_errors="ignore") as source,
            av.open(draft, "w", format="mp4", container_options=OPTIONS) as target,
        ):
            _copy(source, target, media)
    except (av.FFmpegError, ValueError):
        return False  # sound or timing that MP4 cannot hold: the problem stays, in the rule's words
    return draft.stat().st_size > 0


def _copy(source: InputContainer, target: OutputContainer, media: Media) -> None:
    """Copy the picture and the first sound, packet by packet."""
    seen = source.streams.video[0]
    streams = [seen, *source.streams.audio[:1]]
    shown = target.add_stream_from_template(seen)
    if media.turn:
        shown.set_display_rotation(-media.turn)
    copies: dict[int, Stream] = {seen.index: shown}
    for heard in source.streams.audio[:1]:
        copies[heard.index] = target.add_stream_from_template(heard)
    for copy in copies.values():
        copy.metadata.clear()
    for packet in source.demux(streams):
        if packet.dts is not None:
            packet.stream = copies[packet.stream.index]
            target.mux(packet)
