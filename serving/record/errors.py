"""Name what a record can't do."""


class RecordError(Exception):
    """The record can't do what was asked.

    RecordError
      InvalidRecordUrl   no record can be under this URL: it is mistyped, or what it names is no record
      UnusableRecord     the database under this URL can't be used now
        NewerRecord      a newer release of Regrade made it
      UnknownDecision    there is no decision with this id
      ErasedDecision     what was known of this decision was erased
      KeyReused          the idempotency key belongs to another request
      DamagedRecord      a row is not what was written: somebody changed it
    """


class InvalidRecordUrl(RecordError):
    """No record can be under this URL."""


class UnusableRecord(RecordError, RuntimeError):
    """The database can't be used now, through no fault of the URL."""


class NewerRecord(UnusableRecord):
    """A newer release made the record: this one would write rows that lack something."""


class UnknownDecision(RecordError):
    """There is no decision with this id."""


class ErasedDecision(RecordError):
    """What was known of this decision was erased, as somebody asked for."""


class KeyReused(RecordError):
    """The idempotency key was used before, for another case or other photos."""


class DamagedRecord(RecordError):
    """A row no longer has the hash that it was written with."""
