"""Define the errors of messages from elsewhere."""


class InvalidMessage(ValueError):
    """A message that can't be read; the text names file, place, what was given and what to do."""


class ParquetNotInstalled(InvalidMessage, ImportError):
    """Reading Parquet needs pyarrow, which a plain install leaves out."""

    def __init__(self) -> None:
        super().__init__(
            'reading Parquet needs pyarrow, which a plain install leaves out: pip install "regrade[parquet]"'
        )
