"""A form is split the same however it arrives, and one that was cut anywhere is never taken for whole."""

from collections.abc import Iterable

import pytest

from serving.http.multipart import (
    MAX_HEAD_BYTES,
    BrokenForm,
    CutForm,
    PartEnd,
    PartHead,
    Splitter,
    boundary_of,
    read_head,
)

JPEG = b"\xff\xd8\r\n--bX\r\n--bXbb\r\n\r\n--" + bytes(range(256)) * 5 + b"\r\n"
FORM = (
    b'--bXb\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n" + JPEG + b"\r\n"
    b'--bXb \t\r\nContent-Disposition: form-data; name="views"\r\n\r\nback\r\n'
    b'--bXb\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n'
    b"--bXb--"
)
PARTS = [("photos", "a.jpg", JPEG), ("views", None, b"back"), ("empty", None, b"")]


def pieces(body: bytes, size: int) -> Iterable[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


def parts_of(chunks: Iterable[bytes]) -> list[tuple[str, str | None, bytes]]:
    splitter, parts = Splitter(b"bXb"), []
    for chunk in chunks:
        for event in splitter.feed(chunk):
            if isinstance(event, PartHead):
                head, data = event, b""
            elif isinstance(event, PartEnd):
                parts.append((head.name, head.filename, data))
            else:
                data += event
    splitter.finish()
    return parts


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 65, 66, 67, 100, 1000, len(FORM)])
def test_a_form_is_split_the_same_in_pieces_of_any_size(size: int) -> None:
    assert parts_of(pieces(FORM, size)) == PARTS


def test_a_form_that_was_cut_anywhere_is_not_whole() -> None:
    for kept in range(len(FORM)):
        with pytest.raises(BrokenForm):
            parts_of([FORM[:kept]])


def test_a_cut_is_told_from_a_form_of_another_boundary() -> None:
    with pytest.raises(CutForm, match="--bXb--"):
        parts_of([FORM[:-2]])
    with pytest.raises(BrokenForm, match="no line --bXb begins a part"):
        parts_of([FORM.replace(b"bXb", b"other")])


@pytest.mark.parametrize(
    "end", [b"", b"\r\n", b"\n", b"\r\nto be ignored\r\n", b"\r\n--bXb--\r\n", b" \r\n--bX", b"\r\n" * 5000]
)
@pytest.mark.parametrize("beginning", [b"", b"\r\n", b"\n", b"to be ignored\r\n", b"--\r\n\r\n" * 5000])
def test_text_before_and_after_the_parts_is_ignored(beginning: bytes, end: bytes) -> None:
    body = beginning + FORM + end

    assert parts_of([body]) == parts_of(pieces(body, 11)) == PARTS


def test_a_part_after_the_end_is_not_lost_without_a_word() -> None:
    with pytest.raises(BrokenForm, match="after its closing line"):
        parts_of(pieces(FORM + b"\r\n" + FORM, 5))


@pytest.mark.parametrize("size", [1, 50, 10_000])
@pytest.mark.parametrize(
    "body",
    [b"x" + FORM, FORM.replace(b"\r\n", b"\n"), FORM.replace(b"\r\n--bXb \t", b"\n--bXb")],
    ids=["text before the first line", "LF alone", "LF before a part"],
)
def test_a_part_that_does_not_begin_as_one_is_not_lost_without_a_word(body: bytes, size: int) -> None:
    with pytest.raises(BrokenForm, match="begins no part"):
        parts_of(pieces(body, size))


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="photos"; filename="a.jpg"', "photos", "a.jpg"),
        ("FORM-DATA; NAME=photos; FileName=a.jpg", "photos", "a.jpg"),
        ('form-data;\r\n  name="photos";\r\n\tfilename="a b.jpg"', "photos", "a b.jpg"),
        ('form-data; name="photos"; filename="a;\\"b\\".jpg"', "photos", 'a;"b".jpg'),
        ('form-data; name="photos"; filename="vorne grün.jpg"', "photos", "vorne grün.jpg"),
        ('form-data; name="photos"; filename="C:\\\\bench\\\\a.jpg"', "photos", "a.jpg"),
        ("form-data; name=\"photos\"; filename*=UTF-8''gr%C3%BCn.jpg", "photos", "grün.jpg"),
        ("form-data; name=\"photos\"; filename*=iso-8859-1'de'gr%FCn.jpg", "photos", "grün.jpg"),
        ("form-data; name=\"photos\"; filename*=UTF-8''b.jpg; filename=a.jpg", "photos", "a.jpg"),
        ('form-data; name="photos"; filename*0="a-"; filename*1="b.jpg"', "photos", "a-b.jpg"),
        ("form-data; name=\"photos\"; filename*=UTF-8''a%00%E2%80%AEb.jpg", "photos", "a  b.jpg"),
        ('form-data; name="photos"; filename=""', "photos", ""),
        ('form-data; name="photos"', "photos", None),
    ],
)
def test_a_part_is_named_as_its_sender_wrote_it(disposition: str, name: str, filename: str | None) -> None:
    head = read_head(f"CONTENT-disposition: {disposition}\r\nContent-Type: Image/JPEG; q=1".encode())

    assert (head.name, head.filename, head.content_type) == (name, filename, "image/jpeg")


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: image/jpeg",
        b"Content-Disposition: form-data",
        b"Content-Disposition form-data; name=x",
        b"Content-Disposition: form-data; name=x\0",
        b"Content-Disposition: form-data; name=x\nfilename=y",
        b"\xff: x",
    ],
)
def test_a_head_that_names_no_field_is_broken(head: bytes) -> None:
    with pytest.raises(BrokenForm):
        read_head(head)


@pytest.mark.parametrize("head", [b"X: " + b"x" * MAX_HEAD_BYTES, b"X: y\r\n--bXb\r\nX: y"])
def test_a_head_without_an_end_is_not_waited_for(head: bytes) -> None:
    with pytest.raises(BrokenForm, match="does not end"):
        parts_of(pieces(b"--bXb\r\n" + head, 100))


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=bXb", b"bXb"),
        ('multipart/form-data; BOUNDARY="b X(b"; charset=utf-8', b"b X(b"),
        ("multipart/form-data", None),
        ('multipart/form-data; boundary=""', None),
        (f"multipart/form-data; boundary={'b' * 201}", None),
    ],
)
def test_a_boundary_is_taken_from_the_content_type(content_type: str, boundary: bytes | None) -> None:
    if boundary:
        assert boundary_of(content_type) == boundary
    else:
        with pytest.raises(BrokenForm):
            boundary_of(content_type)
