"""Bodies say what leaves without holding it: sizes are true, media stand for themselves."""

from __future__ import annotations

import json
from base64 import b64encode
from email import message_from_bytes
from email.policy import HTTP

from hypothesis import given
from hypothesis import strategies as st

from microcom.core.bodies import Body, InBase64, Json, Multipart, Raw, Slice
from microcom.core.steps import Call, Effect

FILE = bytes(range(256)) * 20
MEDIA = "ab" * 32


def _left(body: Body) -> bytes:
    """Return what leaves when the media is FILE."""
    left = b""
    for piece in body.pieces():
        match piece:
            case bytes():
                left += piece
            case Slice():
                left += FILE[piece.start : piece.stop]
            case InBase64():
                left += b64encode(FILE[piece.content.start : piece.content.stop])
    return left


@given(st.integers(0, len(FILE)), st.text(), st.lists(st.integers()))
def test_json_with_a_file_is_json(size: int, text: str, numbers: list[int]) -> None:
    """A file inside JSON is its base64 text, whatever stands around it, and the size is true."""
    held = {"data": InBase64(Slice(MEDIA, 0, size)), "kind": "image/png"}
    body = Json({"text": text, "source": held, "numbers": numbers, "none": None})
    left = _left(body)
    assert len(left) == body.size
    assert json.loads(left) == {
        "text": text,
        "source": {"data": b64encode(FILE[:size]).decode(), "kind": "image/png"},
        "numbers": numbers,
        "none": None,
    }


def test_json_without_a_file_is_compact() -> None:
    """Text alone leaves as compact UTF-8."""
    body = Json({"text": "Süß"})
    assert (_left(body), body.holds_media) == ('{"text":"Süß"}'.encode(), False)


def test_a_form_reads_back() -> None:
    """A form's fields come in order, the file last, and a name may hold anything."""
    body = Multipart(
        (("key", "a/b"), ("policy", "x=")), "file", 'a "b".mp4', "video/mp4", Slice(MEDIA, 5, 300)
    )
    left = _left(body)
    assert len(left) == body.size
    read = message_from_bytes(f"Content-Type: {body.mime}\r\n\r\n".encode() + left, policy=HTTP)
    parts = [
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
        for part in read.iter_parts()
    ]
    assert parts == [("key", b"a/b"), ("policy", b"x="), ("file", FILE[5:300])]


def test_the_fingerprint_is_of_the_whole_request() -> None:
    """Another stretch, header or media is another request; the same one is the same."""

    def call(stop: int, media: str = MEDIA, content_range: str = "bytes 0-1/9") -> str:
        return Call(
            name="chunk",
            method="PUT",
            url="https://upload.example/x?token=1",
            effect=Effect.WRITE,
            body=Raw(Slice(media, 0, stop), "video/mp4"),
            headers=(("content-range", content_range),),
        ).fingerprint()

    assert call(5) == call(5)
    assert len({call(5), call(6), call(5, "cd" * 32), call(5, content_range="bytes 1-2/9")}) == 4


def test_an_address_is_shown_without_its_secret() -> None:
    """What stands after the question mark of a signed address is never shown."""
    call = Call(name="a", method="PUT", url="https://u.example/x?token=1", effect=Effect.READ)
    assert call.address == "https://u.example/x"


def test_bodies_in_words() -> None:
    """A rehearsal names media instead of showing them."""
    piece = Slice(MEDIA, 0, 7)
    assert Json({"a": [InBase64(piece)]}).described() == {
        "a": ["<7 bytes of media abababab from 0> in base64"]
    }
    assert Raw(piece, "video/mp4").described() == "<7 bytes of media abababab from 0>"
    form = Multipart((("n", "1"),), "file", "a.mp4", "video/mp4", piece)
    assert form.described() == {"n": "1", "file": "<7 bytes of media abababab from 0>"}
