"""Addresses and forms of uploads are secrets: kept to resume with, and never in clear."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.conformance.pinterest_kit import PINTEREST_VIDEO_KIT
from tests.conformance.tiktok_kit import TIKTOK_KIT

from microcom.core.delivery import State
from microcom.testing.stage import Kit, Stage, stages


def _secrets(stage: Stage) -> Iterable[str]:
    """Return what the service gave out to upload with, found again from its seed."""
    service = stage.emulator
    yield from (service.digest(name, str(10**17))[:40] for name in ("policy", "x-amz-signature"))
    yield from (service.digest("upload", f"v_pub_file~v2.{service.digest('post', '0')[:20]}"),)


@pytest.mark.parametrize("kit", [TIKTOK_KIT, PINTEREST_VIDEO_KIT], ids=["tiktok", "pinterest"])
def test_an_upload_resumes_without_a_secret_in_clear(kit: Kit, tmp_path: Path) -> None:
    """A process that dies after the upload leaves what the next one needs, and nothing readable."""
    with stages(kit, tmp_path) as make:
        stage = make()
        delivery = stage.queue()
        stage.die(kit.before + 1, "before leave")
        stage.work_and_die()
        used = {call.url for call in stage.wire.calls} | {
            call.body.decode("latin-1") for call in stage.wire.calls
        }
        handed = [one for one in _secrets(stage) if any(one in said for said in used)]
        assert handed, "the upload was made with none of the secrets"
        for file in filter(Path.is_file, stage.folder.rglob("*")):
            content = file.read_bytes()
            assert not any(one.encode() in content for one in handed), file.name
        stage.wire.calls.clear()
        assert stage.play(delivery).state is State.PUBLISHED
        assert stage.published() == list(kit.parts)


@pytest.mark.parametrize("kit", [TIKTOK_KIT, PINTEREST_VIDEO_KIT], ids=["tiktok", "pinterest"])
def test_an_upload_that_was_sealed_under_another_key(kit: Kit, tmp_path: Path) -> None:
    """After the vault was moved an upload begins anew, and the post is out once."""
    with stages(kit, tmp_path) as make:
        stage = make()
        delivery = stage.queue()
        stage.die(kit.before + 1, "before leave")
        stage.work_and_die()
        stage.store.db.run("UPDATE kept SET sealed = 'another' WHERE sealed IS NOT NULL")
        assert stage.play(delivery).state is State.PUBLISHED
        assert stage.published() == list(kit.parts)
