"""Name the kinds of file that are often sent in place of a photo."""

_BEGINNINGS = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture or a camera's raw file"),
    (b"MM\0*", "a TIFF picture or a camera's raw file"),
    (b"II+\0", "a TIFF picture"),
    (b"MM\0+", "a TIFF picture"),
    (b"FUJIFILMCCD-RAW", "a camera's raw file"),
    (b"IIRO", "a camera's raw file"),
    (b"IIU\0", "a camera's raw file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\1\0", "an icon"),
    (b"\0\5\x16\7", "the notes that macOS keeps beside a file, not the file"),
    (b"\x1aE\xdf\xa3", "a film (Matroska)"),
    (b"RIFF", "a film or sound (RIFF)"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a file packed with gzip"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"data:", "a data URL"),
    (b"/9j/", "a photo in base64: decode it"),
    (b"iVBORw0KGgo", "a photo in base64: decode it"),
    (b"UklGR", "a photo in base64: decode it"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file it stands for"),
    ("\xff\xd8\xff".encode(), "a photo whose bytes were written as text"),
    ("\x89PNG".encode(), "a photo whose bytes were written as text"),
    ("\ufffd\ufffd\ufffd".encode(), "a photo whose bytes were read as text and lost"),
    ("\ufffdPNG".encode(), "a photo whose bytes were read as text and lost"),
    (b"\x89PNG", "a PNG whose line ends were changed, as by a transfer as text"),
    (bytes(16), "zeros: the file was never written to the end"),
)
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BRANDS = {
    b"avif": "an AVIF picture",
    b"avis": "an AVIF picture",
    b"crx ": "a raw file of a Canon camera",
    b"qt  ": "a film (QuickTime)",
    b"isom": "a film (MP4)",
    b"mp41": "a film (MP4)",
    b"mp42": "a film (MP4)",
}


def known_as(body: bytes) -> str:
    """Say what a file that is none of ours seems to be."""
    start = _as_plain_text(body[:64]).lstrip()
    named = next((name for begins, name in _BEGINNINGS if start.startswith(begins)), None)
    return named or ("text" if _is_readable(start) else "bytes of no known kind")


def _is_readable(start: bytes) -> bool:
    return start.isascii() and "".join(start.decode().split()).isprintable()


def _as_plain_text(start: bytes) -> bytes:
    """Return the beginning of a text in UTF-8, if it says itself that it is text in another encoding."""
    encoding = next((name for mark, name in _ENCODINGS if start.startswith(mark)), None)
    return start.decode(encoding, "replace").encode() if encoding else start


def brand_known_as(brands: list[bytes]) -> str:
    """Say what a file of these brands (ISO/IEC 14496-12) is."""
    written = brands[0].decode("ascii", "replace").strip()
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), f"a file of the brand {written!r}")
