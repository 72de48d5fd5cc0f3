"""Name what a store of photos can't do."""


class PhotoStoreError(Exception):
    """The store can't do what was asked.

    PhotoStoreError
      InvalidPhotosUrl    no store can be under this URL: it is mistyped, or lacks its driver
      UnusablePhotoStore  the place can't be written to or read from now
      MissingPhoto        nothing is kept under this hash
      DamagedPhoto        what is kept under a hash is not what was written: somebody or a disk changed it
      UnknownPhoto        a decision has no photo of this number, or none was kept of it
      ErasedPhoto         the photo of a decision was taken away, because its time was over or somebody asked
      UploadGone          a photo that was sent ahead can't be used
        UnknownUpload     none was sent under this id
        ExpiredUpload     its time is over, or it was erased
    """


class InvalidPhotosUrl(PhotoStoreError, ValueError):
    """No store can be under this URL."""


class UnusablePhotoStore(PhotoStoreError, RuntimeError):
    """The place can't be used now, through no fault of the URL."""


class MissingPhoto(PhotoStoreError, LookupError):
    """Nothing is kept under this hash."""


class DamagedPhoto(PhotoStoreError):
    """The bytes no longer have the hash that they are kept under."""


class UnknownPhoto(PhotoStoreError):
    """A decision has no photo of this number, or none was kept of it."""


class ErasedPhoto(PhotoStoreError):
    """The photo of a decision was taken away, because its time was over or somebody asked for it."""


class UploadGone(PhotoStoreError):
    """A photo that was sent ahead can't be used; `index` is its place among those asked for."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


class UnknownUpload(UploadGone):
    """No photo was sent under this id."""


class ExpiredUpload(UploadGone):
    """The time of the photo is over, or it was erased."""
