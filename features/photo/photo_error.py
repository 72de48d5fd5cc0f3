"""Define the errors of a photo that can't be used."""


class PhotoError(ValueError):
    """A photo that can't be used.

    PhotoError
      UnreadablePhoto    the bytes are no image, or the image is damaged
      PhotoTooLarge      more pixels, memory or work than a photo may cost

    `index` is the photo's place in the set it came with, where there was a set.
    """

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


class UnreadablePhoto(PhotoError):
    """Bytes that are not a whole JPEG, PNG, WebP or HEIC image."""


class PhotoTooLarge(PhotoError):
    """A photo that costs more than a photo is allowed to."""
