"""Name the kinds of file that are often sent in place of a photo."""

_BEGINNINGS = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture or a camera's raw file"),
    (b"MM\0*", "a TIFF picture or a camera's raw file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
)
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
    start = body[:64].lstrip()
    return next((name for begins, name in _BEGINNINGS if start.startswith(begins)), "bytes of no known kind")


def brand_known_as(brands: list[bytes]) -> str:
    """Say what a file of these brands (ISO/IEC 14496-12) is."""
    written = brands[0].decode("ascii", "replace").strip()
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), f"a file of the brand {written!r}")
