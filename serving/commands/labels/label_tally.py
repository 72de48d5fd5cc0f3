"""Count the labels that were written, and say how many there are, of whom, and what they stand for."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from serving.record.labels.decision_label import Label
from serving.record.labels.label_rules import LabelKind, LabelRules
from serving.record.labels.labelling import Labelling
from serving.record.labels.truth import Certainty
from serving.record.labels.weighted_rate import Rate, WeightedRate
from serving.wording import say

MATURE, YOUNG = "mature", "young"


@dataclass
class _OfKind:
    origins: Counter[str] = field(default_factory=Counter)
    contradicted: int = 0
    not_told: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    stands_for: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class LabelTally:
    """The counts of one export."""

    def __init__(self) -> None:
        self._kinds = {kind: _OfKind() for kind in LabelKind}
        self._plain, self._weighted = WeightedRate(), WeightedRate()

    def count(self, label: Label) -> None:
        """Count one label, or one decision of which nobody told anything."""
        kind, word, stratum = self._kinds[label.kind], label.word, label.decided.stratum
        kind.decisions[stratum] += 1
        if word is None:
            kind.not_told[MATURE if label.decided.is_mature else YOUNG] += 1
            return
        kind.origins[word.origin.value] += 1
        kind.contradicted += word.certainty is Certainty.CONTRADICTED
        kind.labelled[stratum] += 1
        kind.stands_for[stratum] += word.weight
        if label.kind is LabelKind.FRAUD:
            is_fraud = bool(word.label)
            self._plain.add(label.rma_id, is_true=is_fraud, weight=1.0)
            self._weighted.add(label.rma_id, is_true=is_fraud, weight=word.weight)

    def lines(self, found: Labelling, rules: LabelRules, kinds: Collection[LabelKind]) -> Iterator[str]:
        """Yield what was written, kind by kind, and what was left out."""
        yield f"{found.decisions} decisions of {found.returns} returns"
        for kind in (each for each in LabelKind if each in kinds):
            counted = self._kinds[kind]
            yield _labelled_line(kind, counted)
            yield from _not_told_lines(counted, rules.mature_after[kind].value)
            if known := found.known_before[kind]:
                yield f"  {known} were known before their case was put: no outcome of that decision"
            yield from _strata_lines(counted)
        yield from self._rate_lines()
        if found.erased:
            yield f"erased decisions, which give no label and count in the chances above: {found.erased}"

    def _rate_lines(self) -> Iterator[str]:
        plain, weighted = self._plain.rate(), self._weighted.rate()
        if plain.n:
            yield f"share of fraud among the labels, as they came: {_said(plain)}"
            stands_for = f"{self._weighted.stands_for:.0f} decisions"
            yield f"weighted, for the {stands_for} that they stand for: {_said(weighted)}"


def _labelled_line(kind: LabelKind, counted: _OfKind) -> str:
    by_origin = ", ".join(f"{say(origin)} {n}" for origin, n in counted.origins.most_common())
    contradicted = f"; {counted.contradicted} contradicted" if counted.contradicted else ""
    return f"{kind}: {counted.origins.total()} labels{f' ({by_origin})' if by_origin else ''}{contradicted}"


def _not_told_lines(counted: _OfKind, mature_days: float) -> Iterator[str]:
    if total := counted.not_told.total():
        mature = counted.not_told[MATURE]
        yield f"  {total} decisions without a label, of them {mature} older than {mature_days:g} days"


def _strata_lines(counted: _OfKind) -> Iterator[str]:
    if not counted.labelled:
        return
    for stratum, decisions in sorted(counted.decisions.items()):
        labelled = counted.labelled[stratum]
        stands = f"stand for {counted.stands_for[stratum]:.0f}" if labelled else "nothing stands for them"
        yield f"  {stratum}: {decisions} decisions, {labelled} labels, {stands}"


def _said(rate: Rate) -> str:
    share = "none" if rate.share is None else f"{rate.share:.1%}"
    return f"{share} [{rate.low:.1%}, {rate.high:.1%}], n = {rate.n}"
