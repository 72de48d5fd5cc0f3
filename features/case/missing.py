"""List the inputs that a case lacks and its score could use at this moment."""

from data.case import ReturnCase
from data.condition import Condition
from data.fraud import Moment
from data.history import PriorOutcome
from data.identity.comparison import Identity, compare
from data.verification import FunctionalGrade
from features.case.contract import CaseContract
from features.case.words import UNKNOWN, unlearnt_inputs

NOT_LOOKED_AT = {UNKNOWN, FunctionalGrade.UNTESTED.value}


def missing_inputs(
    case: ReturnCase, condition: Condition | None, moment: Moment, contract: CaseContract
) -> tuple[str, ...]:
    """Return the absent inputs in the contract's order, each once; of a missing part only the part itself.

    What the contract names no need for comes last: dates of earlier outcomes, and words that have no column.
    """
    known = _Known(case, condition, contract)
    wanted = contract.wanted[moment]
    whole = {part for _, part, name in wanted if not name and known.lacks(part)}
    absent = [
        path
        for path, part, name in wanted
        if (not name if part in whole else name and (known.lacks(part) or known.lacks_input(part, name)))
    ]
    # What is said in a word that the model never learnt is as good as left out.
    more = [*_undated(case), *(unlearnt_inputs(case, contract.unlearnt) if contract.unlearnt else ())]
    absent += [path for path in more if path not in absent and path.partition(".")[0] not in whole]
    return tuple(absent)


def _undated(case: ReturnCase) -> list[str]:
    """Return the date of earlier outcomes where one lacks it: what nobody dates was not known by `as_of`."""
    priors = case.history.prior_returns if case.history else ()
    told = [prior for prior in priors if prior.outcome is not PriorOutcome.UNKNOWN]
    is_undated = any(prior.outcome_known_at is None and prior.requested_at <= case.as_of for prior in told)
    return ["history.prior_returns.outcome_known_at"] if is_undated else []


class _Known:
    """What one case tells by its `as_of`, looked up once for all inputs."""

    def __init__(self, case: ReturnCase, condition: Condition | None, contract: CaseContract) -> None:
        self._case = case
        self._contract = contract
        self._visit = case.known_verification
        self._known_scans = [scan for scan in case.scans if scan.known_since <= case.as_of]
        self._lacking = {
            "photos": condition is None or not condition.photos,
            "history": case.history is None,
            "scans": not self._known_scans,
            "verification": self._visit is None,
        }

    def lacks(self, part: str) -> bool:
        """Return whether a whole part of the case is absent."""
        return self._lacking.get(part, False)

    def lacks_input(self, part: str, name: str) -> bool:
        """Return whether one input of a part that is there is absent."""
        return bool(getattr(self, f"_{part}")(name))

    def _photos(self, _: str) -> bool:
        return False

    def _rma(self, name: str) -> bool:
        rma = self._case.rma
        if name == "value.currency":
            return rma.value.currency not in self._contract.usd_for_one
        if name == "expected_imei":
            return False  # most devices have none
        value = getattr(rma, name)
        if name == "delivered_at" and value is not None:
            return bool(value > self._case.as_of)
        return value is None or value == UNKNOWN

    def _history(self, name: str) -> bool:
        history = self._case.history
        return name == "orders_count" and history is not None and history.orders_count is None

    def _scans(self, name: str) -> bool:
        return all(getattr(scan, name) is None for scan in self._known_scans)

    def _verification(self, name: str) -> bool:
        if name in {"observed_serial", "observed_imei"}:
            return self._lacks_number(name)
        value = getattr(self._visit, name)
        return value is None or (isinstance(value, str) and value in NOT_LOOKED_AT)

    def _lacks_number(self, name: str) -> bool:
        sold, visit = self._case.rma.identity, self._visit
        read = compare(sold, visit.identity if visit else Identity()).observed
        return read.serial is None if name == "observed_serial" else bool(sold.imeis) and not read.imeis
