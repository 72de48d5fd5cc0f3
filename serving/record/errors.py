"""Name what a record can't do."""

from dataclasses import dataclass


class RecordError(Exception):
    """The record can't do what was asked.

    RecordError
      InvalidRecordUrl   no record can be under this URL: it is mistyped, or what it names is no record
      UnusableRecord     the database under this URL can't be used now
        BusyRecord       all connections to it are in use
        NewerRecord      a newer release of Regrade made it
      UnknownDecision    there is no decision with this id
      ErasedDecision     what was known of this decision was erased
      UnknownReturn      there is no return with this id
      KeyReused          the idempotency key belongs to another request
      Claimed            somebody else works on this decision now
      OpinionGiven       this person has given another opinion on this decision
      NothingToAudit     this decision waits for no blind audit by this person
      WrongAtDesk        a field does not go with the decision or with the desk's file
      DamagedRecord      a row is not what was written: somebody changed it
    """


class InvalidRecordUrl(RecordError):
    """No record can be under this URL."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a database and what to do, in words that name no place and hold no secret."""

    what: str
    advice: str


UNKNOWN_FAULT = Fault("its database fails", "look into the service's log")


class UnusableRecord(RecordError, RuntimeError):
    """The database can't be used now, through no fault of the URL.

    The message is for whoever runs the service, `fault` for whoever calls it.
    """

    def __init__(self, message: str, fault: Fault = UNKNOWN_FAULT) -> None:
        super().__init__(message, fault)
        self.fault = fault

    def __str__(self) -> str:
        return str(self.args[0])


class BusyRecord(UnusableRecord):
    """All connections to the database are in use, which says nothing of the database itself."""


class NewerRecord(UnusableRecord):
    """A newer release made the record: this one would write rows that lack something."""


class UnknownDecision(RecordError):
    """There is no decision with this id."""


class ErasedDecision(RecordError):
    """What was known of this decision was erased, as somebody asked for."""


class UnknownReturn(RecordError):
    """No decision was ever taken of a return with this id."""


class KeyReused(RecordError):
    """The idempotency key was used before, for another case or other photos."""


class Claimed(RecordError):
    """Somebody else works on this decision now: `person`, until `until`."""

    def __init__(self, message: str, person: str, until: str) -> None:
        super().__init__(message)
        self.person = person
        self.until = until


class OpinionGiven(RecordError):
    """A person has given another opinion on a decision before, which stays."""


class NothingToAudit(RecordError):
    """A decision was not drawn for a blind audit, or who would judge it is not blind to it."""


class WrongAtDesk(RecordError):
    """A field that is right by itself does not go with the decision or with the desk's file."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field
        self.text = text


class DamagedRecord(RecordError):
    """A row no longer has the hash that it was written with."""
