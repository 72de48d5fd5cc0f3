"""Take kept decisions again from what is kept of them, one opened configuration at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select

from serving.computing import computing
from serving.record.configurations.configuration import (
    Configuration,
    UnreadableConfiguration,
    document_sha256,
)
from serving.record.configurations.kept_files import KeptFileError, KeptFiles
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.record import Record
from serving.record.tables import CONFIGURATIONS
from serving.replay.chosen import Choice
from serving.replay.judge_as_kept import JudgeAsKept, JudgeNotOpened, open_judge_as_kept
from serving.replay.kept_question import CannotAsk, KeptQuestion, kept_question
from serving.replay.question import Answer
from serving.replay.rebuilt_house import NotRebuilt, parts_apart
from serving.replay.replayed import (
    DifferingInput,
    InputKind,
    Outcome,
    Replayed,
    differing_computing,
    differing_fields,
)

NOTHING_DIFFERS = "no input that is recorded differs: what computes does not do it the same way each time"
READ_OTHERWISE = "this release reads the kept case otherwise"


@dataclass(frozen=True)
class _Opened:
    """A judge with the files of a configuration, and what else differs between then and now."""

    judge: JudgeAsKept
    differing: tuple[DifferingInput, ...]


class Replay:
    """A record with its photos and files, from which decisions are taken again."""

    def __init__(self, record: Record, photos: PhotoStore) -> None:
        self._record = record
        self._photos = photos
        self._files = KeptFiles(photos.place)

    def run(self, chosen: Iterable[Choice]) -> Iterator[Replayed]:
        """Yield how each decision comes out, those of one configuration after each other.

        Raises UnusableRecord, UnusablePhotoStore or JudgeDied.
        """
        for sha256, group in groupby(sorted(chosen, key=_configuration_of), key=_configuration_of):
            yield from self._of_configuration(sha256, [choice.decision_id for choice in group])

    def _of_configuration(self, sha256: str, ids: Sequence[str]) -> Iterator[Replayed]:
        opened: _Opened | CannotAsk | None = None
        with ExitStack() as stack:
            for decision_id in ids:
                try:
                    # Late, so that nothing is opened for decisions of which nothing is left.
                    kept = kept_question(self._record, self._photos, decision_id)
                    opened = opened or self._opened(sha256, stack)
                    if isinstance(opened, CannotAsk):
                        raise opened
                    yield _compared(kept, opened.judge.ask(kept.question), sha256, opened.differing)
                except CannotAsk as end:
                    yield Replayed(decision_id, end.outcome, sha256 or None, end.why, end.inputs)

    def _opened(self, sha256: str, stack: ExitStack) -> _Opened | CannotAsk:
        """Open a judge for a whole group; what keeps it from being opened is the end of each of them."""
        try:
            configuration = self._configuration(sha256)
            differing = _differing(configuration)
            bodies = self._bodies(configuration)
            try:
                judge = stack.enter_context(open_judge_as_kept(bodies, configuration.threads))
            except (NotRebuilt, JudgeNotOpened) as error:
                raise _broken(str(error), *differing) from error
            return _Opened(judge, differing)
        except CannotAsk as end:
            return end

    def _configuration(self, sha256: str) -> Configuration:
        query = select(CONFIGURATIONS.c.document).where(CONFIGURATIONS.c.sha256 == sha256)
        with self._record.database.connect() as connection:
            document = connection.execute(query).scalars().first()
        if document is None:
            raise _broken("the record no longer tells what it was taken with")
        if document_sha256(document) != sha256:
            raise _broken("what the record tells of it was changed after it was written")
        try:
            return Configuration.read(document)
        except UnreadableConfiguration as error:
            raise _broken(str(error)) from error

    def _bodies(self, configuration: Configuration) -> dict[str, bytes]:
        bodies, lost = {}, []
        for part, sha256 in configuration.files.items():
            try:
                bodies[part] = self._files.read(sha256)
            except KeptFileError as error:
                lost.append(DifferingInput(InputKind.FILE, part, str(error)))
        if lost:
            raise CannotAsk(Outcome.DIFFERS, inputs=lost)
        return bodies


def _configuration_of(choice: Choice) -> str:
    return choice.configuration_sha256 or ""


def _broken(text: str, *more: DifferingInput) -> CannotAsk:
    return CannotAsk(Outcome.DIFFERS, inputs=[DifferingInput(InputKind.CONFIGURATION, "", text), *more])


def _differing(configuration: Configuration) -> tuple[DifferingInput, ...]:
    only_now, only_then = parts_apart(configuration.files)
    new = "this release reads it and it was not kept: the one of today was taken"
    gone = "it decided then, and this release does not read it"
    return (
        *(DifferingInput(InputKind.FILE, part, new) for part in only_now),
        *(DifferingInput(InputKind.FILE, part, gone) for part in only_then),
        *differing_computing(configuration.computing, computing()),
    )


def _compared(
    kept: KeptQuestion, answer: Answer, sha256: str, differing: tuple[DifferingInput, ...]
) -> Replayed:
    decision_id = kept.question.decision_id
    if answer.decision == kept.decision:
        return Replayed(decision_id, Outcome.EQUAL, sha256)
    if answer.error:
        why = f"it can't be taken any more: {answer.error}"
        return Replayed(decision_id, Outcome.DIFFERS, sha256, why, differing)
    if answer.case != kept.case:
        differing = (DifferingInput(InputKind.CASE, "", READ_OTHERWISE), *differing)
    why = "" if differing else NOTHING_DIFFERS
    fields = differing_fields(kept.decision, answer.decision)
    return Replayed(decision_id, Outcome.DIFFERS, sha256, why, differing, fields)
