"""List the inputs that a case lacks and its score could use at this moment."""

from collections.abc import Callable

from data.case import ReturnCase
from data.condition import Condition
from data.fraud import Moment
from data.history import PriorOutcome
from data.identity.comparison import Identity, compare
from data.verification import FunctionalGrade, Verification
from features.case.contract import CaseContract
from features.case.words import unlearnt_inputs

# Inputs that a feature needs beside the one its contract names.
PARTNERS = {
    "rma.pickup_address_id": "rma.address_id",
    "verification.observed_serial": "rma.expected_serial",
    "verification.weight_g": "rma.expected_weight_g",
    "verification.accessories": "rma.expected_accessories",
}
NOT_LOOKED_AT = {"unknown", FunctionalGrade.UNTESTED.value}


def missing_inputs(
    case: ReturnCase, condition: Condition | None, moment: Moment, contract: CaseContract
) -> tuple[str, ...]:
    """Return the absent inputs in the contract's order, each once; of a missing part only the part itself.

    What the contract names no need for comes last: dates of earlier outcomes, and words that have no column.
    """
    wanted = dict.fromkeys(
        path for need in contract.needs[moment] for path in (PARTNERS.get(need), need) if path is not None
    )
    absent = [path for path in wanted if _is_absent(path, case, condition, contract)]
    # What is said in a word that the model never learnt is as good as left out.
    absent = list(dict.fromkeys([*absent, *_undated(case), *unlearnt_inputs(case, contract.unlearnt)]))
    return tuple(
        path for path in absent if path.partition(".")[0] == path or path.partition(".")[0] not in absent
    )


def _undated(case: ReturnCase) -> list[str]:
    """Return the date of earlier outcomes where one lacks it: what nobody dates was not known by `as_of`."""
    priors = case.history.prior_returns if case.history else ()
    told = [prior for prior in priors if prior.outcome is not PriorOutcome.UNKNOWN]
    is_undated = any(prior.outcome_known_at is None and prior.requested_at <= case.as_of for prior in told)
    return ["history.prior_returns.outcome_known_at"] if is_undated else []


def _is_absent(path: str, case: ReturnCase, condition: Condition | None, contract: CaseContract) -> bool:
    if path == "rma.value.currency":
        return case.rma.value.currency not in contract.usd_for_one
    part, _, name = path.partition(".")
    if part == "photos":
        return condition is None or not condition.photos
    return _PARTS[part](name, case)


def _rma(name: str, case: ReturnCase) -> bool:
    if name == "expected_imei":
        return False  # most devices have none
    value = getattr(case.rma, name)
    if name == "delivered_at" and value is not None:
        return bool(value > case.as_of)
    return value is None or str(value) == "unknown"


def _history(name: str, case: ReturnCase) -> bool:
    return case.history is None or (name == "orders_count" and case.history.orders_count is None)


def _scans(name: str, case: ReturnCase) -> bool:
    known = [scan for scan in case.scans if scan.known_since <= case.as_of]
    return not any(name == "" or getattr(scan, name) is not None for scan in known)


def _verification(name: str, case: ReturnCase) -> bool:
    visit = case.known_verification
    if visit is None:
        return True
    return name != "" and _not_looked_at(name, visit, case)


def _not_looked_at(name: str, visit: Verification, case: ReturnCase) -> bool:
    if name in {"observed_serial", "observed_imei"}:
        read = compare(case.rma.identity, visit.identity).observed
        return read.serial is None if name == "observed_serial" else _lacks_imei(case, read)
    value = getattr(visit, name)
    return value is None or str(value) in NOT_LOOKED_AT


def _lacks_imei(case: ReturnCase, read: Identity) -> bool:
    return bool(case.rma.identity.imeis) and not read.imeis


_PARTS: dict[str, Callable[[str, ReturnCase], bool]] = {
    "rma": _rma,
    "history": _history,
    "scans": _scans,
    "verification": _verification,
}
