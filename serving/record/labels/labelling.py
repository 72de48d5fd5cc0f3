"""Label every decision of a record as of a moment: what was known and recorded by then, and nothing later."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from serving.record.entry import content_sha256
from serving.record.labels.decision_label import Decided, Label, Otherwise, Word
from serving.record.labels.label_rules import LabelKind, LabelRules
from serving.record.labels.label_source import Told
from serving.record.labels.propensity import Propensity, Stratum
from serving.record.labels.survey import DAY, LeftOut, known_later, pages, stratum_of, survey_decisions
from serving.record.labels.truth import Truth, settle
from serving.record.moment import from_text
from serving.record.snapshot import snapshot
from serving.record.tables import DECISIONS


@dataclass(frozen=True)
class Labelled:
    """One decision with its labels, one of each kind that could be told, and the case that was decided."""

    labels: tuple[Label, ...]
    case: dict[str, Any]


class Labelling:
    """The labels of one record as of one moment, from everything that its database showed at once."""

    def __init__(self, connection: Connection, as_of: datetime, rules: LabelRules) -> None:
        self._connection = connection
        self._as_of = as_of
        self._rules = rules
        self._survey = survey_decisions(connection, as_of)
        self._propensity = {kind: Propensity(watch, rules) for kind, watch in self._survey.watches.items()}
        self.left_out: list[LeftOut] = [*self._survey.left_out]
        self.known_before = dict.fromkeys(LabelKind, 0)
        self.erased = 0

    @property
    def decisions(self) -> int:
        """Return how many decisions there were by then, the erased ones among them."""
        return self._survey.decisions

    @property
    def returns(self) -> int:
        """Return how many returns they are of."""
        return len(self._survey.last)

    def labelled(self) -> Iterator[Labelled]:
        """Yield each decision that can be read, the first one first; those that can't be are left out."""
        for rows in pages(self._connection, self._as_of, tuple(DECISIONS.c)):
            for row in rows:
                found = self._labelled(row)
                if found is not None:
                    yield found

    def _labelled(self, row: Row[Any]) -> Labelled | None:
        told = self._survey.told.get((row.tenant, row.rma_id), [])
        if not row.decision:
            self.erased += 1
            if told:
                self._leave_out(row, "it was erased on request, and what was told of its return with it")
            return None
        if content_sha256(row.decision, row.return_case, row.photos) != row.sha256:
            self._leave_out(row, "it was changed after it was written: `regrade verify-record` says more")
            return None
        decision, case = json.loads(row.decision), json.loads(row.return_case)
        put_at = datetime.fromisoformat(case["as_of"])
        labels = (self._label(kind, row, decision, put_at, told) for kind in LabelKind)
        return Labelled(tuple(label for label in labels if label is not None), case)

    def _leave_out(self, row: Row[Any], why: str) -> None:
        self.left_out.append(LeftOut(row.rma_id, f"decision {row.decision_id}", why))

    def _label(
        self, kind: LabelKind, row: Row[Any], decision: dict[str, Any], put_at: datetime, told: Sequence[Told]
    ) -> Label | None:
        of_kind = [one for one in told if one.kind is kind]
        later = known_later(of_kind, put_at)
        if of_kind and not later:
            self.known_before[kind] += 1
            return None
        truth = settle(later, self._rules)
        word = self._word(kind, truth, stratum_of(row), from_text(row.decided_at)) if truth else None
        return Label(row.rma_id, row.decision_id, kind, word, self._decided(kind, row, decision, put_at))

    def _word(self, kind: LabelKind, truth: Truth, stratum: Stratum, decided_at: datetime) -> Word:
        told, drawn = truth.told, truth.told.draw_probability
        age_days = (self._as_of - decided_at) / DAY
        chance = self._propensity[kind].by_origin(told.origin, stratum, age_days)
        return Word(
            label=truth.value,
            origin=told.origin,
            certainty=truth.certainty,
            words=1 + len(truth.others),
            otherwise=_otherwise(truth),
            known_at=told.known_at,
            recorded_at=told.recorded_at,
            delay_days=(told.known_at - decided_at) / DAY,
            stratum_decisions=chance.decisions,
            stratum_labelled=chance.labelled,
            propensity=chance.probability if drawn is None else drawn,
            is_drawn=drawn is not None,
            is_floored=chance.is_floored and drawn is None,
            weight=self._weight(kind, truth, stratum, age_days),
        )

    def _weight(self, kind: LabelKind, truth: Truth, stratum: Stratum, age_days: float) -> float:
        spoken = [self._rules.origins[one.origin] for one in (truth.told, *truth.others)]
        if not all(rule.stands_for_others for rule in spoken):
            # Somebody spoke up because of the truth: such a return is known for certain, and like no other.
            return 1.0
        return 1.0 / self._propensity[kind].by_those_who_look(stratum, age_days).probability

    def _decided(self, kind: LabelKind, row: Row[Any], decision: dict[str, Any], put_at: datetime) -> Decided:
        decided_at = from_text(row.decided_at)
        age = self._as_of - decided_at
        fraud, policy = decision["fraud"]["model"], decision["policy"]
        condition = decision["condition"]["model"] if decision["condition"] else None
        return Decided(
            decided_at=decided_at,
            case_as_of=put_at,
            age_days=age / DAY,
            is_mature=age >= self._rules.mature_after[kind].age,
            is_last_decision=self._survey.last[row.tenant, row.rma_id] == row.sequence,
            moment=decision["fraud"]["moment"],
            fraud_probability=row.fraud_probability,
            fraud_action=row.fraud_action,
            grade=row.grade,
            disposition=row.disposition,
            decided_by=row.decided_by,
            needs_person=bool(row.needs_person),
            stratum=str(stratum_of(row)),
            fraud_model=_named(fraud),
            fraud_model_sha256=fraud["sha256"],
            condition_model=_named(condition) if condition else None,
            condition_model_sha256=condition["sha256"] if condition else None,
            policy=_named(policy),
            policy_sha256=policy["sha256"],
        )


@contextmanager
def labelling(engine: Engine, as_of: datetime, rules: LabelRules) -> Iterator[Labelling]:
    """Yield the labels as of a moment; all of them are read from one moment of the database."""
    with snapshot(engine) as connection:
        yield Labelling(connection, as_of, rules)


def count_decisions(engine: Engine) -> int:
    """Return how many decisions there are to read."""
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(DECISIONS)).scalar_one()


def _named(versioned: dict[str, str]) -> str:
    return f"{versioned['name']} {versioned['version']}"


def _otherwise(truth: Truth) -> tuple[Otherwise, ...]:
    return tuple(
        Otherwise(one.value, one.origin, one.known_at) for one in truth.contradicting if one.value is not None
    )
