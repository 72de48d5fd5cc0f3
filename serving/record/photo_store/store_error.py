"""Name what a store of photos can't do."""


class PhotoStoreError(Exception):
    """The store can't do what was asked.

    PhotoStoreError
      InvalidPhotosUrl    no store can be under this URL: it is mistyped, or lacks its driver
      UnusablePhotoStore  the place can't be written to or read from now
      MissingPhoto        nothing is kept under this hash
      DamagedPhoto        what is kept under a hash is not what was written: somebody or a disk changed it
    """


class InvalidPhotosUrl(PhotoStoreError, ValueError):
    """No store can be under this URL."""


class UnusablePhotoStore(PhotoStoreError, RuntimeError):
    """The place can't be used now, through no fault of the URL."""


class MissingPhoto(PhotoStoreError, LookupError):
    """Nothing is kept under this hash."""


class DamagedPhoto(PhotoStoreError):
    """The bytes no longer have the hash that they are kept under."""
