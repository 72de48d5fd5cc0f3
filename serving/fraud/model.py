"""Score returns for fraud: calibrated probability, band, action, floors, reasons, and what is missing."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from data.case import ReturnCase
from data.condition import Condition
from data.exchange.rate_table import RateTable
from data.fraud import Breakdown, FraudScore, Moment, Reason
from features.case.case_vector import WrongContract, require_contract, vectorise_many
from features.case.contract import CaseContract, case_contract
from features.case.currency import usd_with
from features.case.missing import missing_inputs
from serving.fraud.base_rate import BaseRateShift
from serving.fraud.calibration_lines import Calibration, probability_of
from serving.fraud.contributions import Explainer
from serving.fraud.facts import Facts
from serving.fraud.findings import findings_of
from serving.fraud.policy import FraudPolicy, read_fraud_policy
from serving.fraud.reasons import gather, moments_of, reason_texts, strongest_reasons
from serving.fraud.signals import Signal, Signals
from serving.fraud.trees import read_trees
from serving.release import FRAUD, BrokenRelease, Release, open_session, read_golden
from serving.start_notes import warn

MODEL_NAME = FRAUD
TREES_FILE = "trees.txt"
SUM_TOLERANCE = 1e-6
MOMENTS = tuple(Moment)


class FraudModel:
    """One released fraud model and the policy that reads it; a case gives the same bits in any batch."""

    def __init__(
        self,
        release: Release,
        session: onnxruntime.InferenceSession,
        explainer: Explainer,
        signals: Signals,
        policy: FraudPolicy,
        contract: CaseContract,
    ) -> None:
        self._calibration = Calibration.of(release)
        self.identity = release.identity
        self.policy = policy
        self.base_rate_shift = BaseRateShift.of(release, policy.base_rate)
        self._session = session
        self._explainer = explainer
        self._signals = signals
        self._contract = contract

    @classmethod
    def open(
        cls, release: Release, policy: FraudPolicy | None = None, rates: RateTable | None = None
    ) -> Self:
        """Load the graph, the trees behind its reasons, and the policy.

        `rates` are an operator's own, for currencies that the model was not fitted with.

        Raises BrokenRelease if the release was made for another case contract or for one that names other
        features than are computed, if its trees or its calibration are not those of its graph, if a reason
        has no text, or if the policy has a base rate and the release does not say the one that it was
        calibrated for. Warns of words that it has not learnt, and of a policy set for another model.
        """
        contract = case_contract()
        _require_contract(release, contract)
        if rates is not None:
            contract = replace(contract, usd_for_one=usd_with(rates))
        policy = policy or read_fraud_policy()
        warn([*_unlearnt_notes(release, contract), *_policy_notes(release, policy)])
        session = open_session(release, threads=1)
        text = release.path_of(TREES_FILE).read_text(encoding="utf-8")
        explainer = Explainer.of(read_trees(text), features=len(contract.features))
        _require_sums(release, explainer)
        signals = Signals.open(release)
        return cls(release, session, explainer, signals, policy, contract)

    def score(
        self,
        cases: Sequence[ReturnCase],
        conditions: Sequence[Condition | None] | None = None,
        *,
        reasons: int | None = None,
    ) -> list[FraudScore]:
        """Score each case by what was known by its `as_of`; `conditions` are what its photos led to.

        `reasons` is how many each score has at most, as many as the policy says for None; 0 computes none,
        which is most of a score's time.
        """
        if not cases:
            return []
        most = self.policy.reasons if reasons is None else reasons
        conditions = conditions if conditions is not None else [None] * len(cases)
        cases = [case.as_known for case in cases]
        vectors = vectorise_many(cases, conditions, self._contract)
        raw, probability = self._run(vectors)
        reasons_of = self._reasons(cases, vectors, most)
        rows = zip(
            cases,
            conditions,
            vectors,
            probability.tolist(),
            self.signals(vectors),
            reasons_of,
            self._breakdowns(vectors, raw, reasons_of),
            strict=True,
        )
        return [self._tell(*row) for row in rows]

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n,) calibrated probabilities of (n, features) vectors, at the base rate of the policy."""
        return self._run(vectors)[1]

    def contributions(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return (n, features + 1) SHAP values of the served trees; a row sums to its raw score."""
        return self._explainer.contributions(vectors)

    def signals(self, vectors: NDArray[np.float32]) -> list[Signal]:
        """Return which kind each of (n, features) vectors looks like, and how unusual it is."""
        return self._signals.read(vectors)

    def raw_scores(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n,) raw scores in log odds, before calibration."""
        return self._run(vectors)[0]

    def _run(self, vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        raw, probability = self._session.run(["raw", "probability"], {"features": vectors})
        return raw[:, 0], self.base_rate_shift.apply(probability[:, 0])

    def _tell(
        self,
        case: ReturnCase,
        condition: Condition | None,
        vector: NDArray[np.float32],
        probability: float,
        signal: Signal,
        reasons: tuple[Reason, ...],
        breakdown: Breakdown,
    ) -> FraudScore:
        moment = MOMENTS[int(vector[0])]
        priority = self.policy.priority(probability, signal.surprise)
        floors = self.policy.floors_of(findings_of(case, label_returns=self._label_returns(vector)))
        return FraudScore(
            rma_id=case.rma.rma_id,
            moment=moment,
            probability=probability,
            band=self.policy.band(probability),
            action=self.policy.action(probability, moment, priority, floors),
            reasons=reasons,
            missing_inputs=missing_inputs(case, condition, moment, self._contract),
            model=self.identity,
            typologies=signal.typologies,
            unusual=signal.unusual,
            review_priority=priority,
            floors=floors,
            breakdown=breakdown,
        )

    def _reasons(
        self, cases: Sequence[ReturnCase], vectors: NDArray[np.float32], most: int
    ) -> list[tuple[Reason, ...]]:
        if most == 0:
            return [()] * len(cases)
        sums = gather(self.contributions(vectors)[:, :-1], self._contract)
        sums *= self._calibration.slopes[moments_of(vectors)][:, None]
        codes = self._contract.reason_codes
        return [
            strongest_reasons(codes, row, Facts(case, vector, self._contract), most=most)
            for case, vector, row in zip(cases, vectors, sums, strict=True)
        ]

    def _breakdowns(
        self,
        vectors: NDArray[np.float32],
        raw: NDArray[np.float32],
        reasons: Sequence[tuple[Reason, ...]],
    ) -> Iterator[Breakdown]:
        moments = moments_of(vectors)
        shift = self.base_rate_shift.log_odds
        base = self._calibration.log_odds(np.full(len(vectors), self._explainer.base), moments) + shift
        answer = self._calibration.log_odds(raw.astype(np.float64), moments) + shift
        columns = (each.tolist() for each in (probability_of(base), base, answer))
        for told, *row in zip(reasons, *columns, strict=True):
            base_probability, start, end = row
            listed = math.fsum(reason.contribution for reason in told)
            yield Breakdown(base_probability, start, rest=end - start - listed, log_odds=end)

    def _label_returns(self, vector: NDArray[np.float32]) -> float:
        return float(vector[self._contract.places["label_returns_365d"]])


def _require_contract(release: Release, contract: CaseContract) -> None:
    if release.manifest["input_contract"].get("kind") == "table":
        raise BrokenRelease(
            f"{release.folder} is a model of the rows of a table, and here returns are scored: score such "
            f"rows by `regrade score --model {release.folder} --table T.csv`"
        )
    made_for = release.manifest["input_contract"]["sha256"]
    if made_for != contract.sha256:
        raise BrokenRelease(
            f"fraud {release.version} was made for case contract {made_for[:12]}, this code has version "
            f"{contract.version} ({contract.sha256[:12]}); train and release it again, or check out its code"
        )
    try:
        require_contract(contract)
    except WrongContract as error:
        raise BrokenRelease(f"fraud {release.version}: {error}") from error
    untold = {feature.reason for feature in contract.features} - set(reason_texts())
    if untold:
        raise BrokenRelease(
            f"reasons without a text: {', '.join(sorted(untold))}; add them to the reasons file"
        )


def _unlearnt_notes(release: Release, contract: CaseContract) -> Iterator[str]:
    for path, words in contract.unlearnt.items():
        yield (
            f"fraud {release.version} has not learnt {path} {', '.join(sorted(words))}: a return with it "
            "is scored as if it left that out, and its missing_inputs name it; train on such returns"
        )


def _policy_notes(release: Release, policy: FraudPolicy) -> Iterator[str]:
    if not policy.is_for(release.identity):
        yield (
            f"fraud policy {policy.identity.version} was set for another model than fraud {release.version}: "
            "it reviews and holds another share of returns than it says; set it anew: regrade evaluate fraud "
            "--policy FILE"
        )
    if policy.floors is None:
        yield (
            f"fraud policy {policy.identity.version} has no floors: an empty box, a counterfeit, a listed "
            "device, another unit, another class or a label used again asks for nothing by itself; add floors"
        )


def _require_sums(release: Release, explainer: Explainer) -> None:
    golden = read_golden(release)
    sums = explainer.contributions(golden["input_features"]).sum(axis=1)
    difference = float(np.abs(sums - golden["output_raw"][:, 0]).max(initial=0.0))
    if not difference <= SUM_TOLERANCE:
        raise BrokenRelease(
            f"fraud {release.version}: the contributions of {TREES_FILE} add up to {difference:.3g} "
            f"from the golden raw score, allowed {SUM_TOLERANCE:.0e}; restore the release"
        )
