"""A form that finds no room is told to come again, and is no fault of the service's code."""

import asyncio
import errno
from typing import Any

import pytest
from starlette.requests import Request

from serving.http import form_parts
from serving.http.form_reader import receive_form
from serving.http.problems import Refused

BODY = (
    b'--bXb\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'
    + bytes(1000)
    + b"\r\n--bXb--\r\n"
)


class FullDisk:
    """A temporary file on a disk without room."""

    _rolled = True

    def __init__(self, **_: Any) -> None:
        self.is_closed = False

    def write(self, _: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        self.is_closed = True


def posted() -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    headers = [(b"content-type", b"multipart/form-data; boundary=bXb")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def test_a_photo_that_finds_no_room_is_to_be_sent_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_parts, "SpooledTemporaryFile", FullDisk)

    with pytest.raises(Refused) as refused:
        asyncio.run(receive_form(posted(), ["photos"]))

    problem = refused.value.problem
    assert problem.http_status == 503
    assert "Retry-After" in problem.headers
    assert "No space left on device. Nothing was decided" in problem.detail
