"""Turn a case, with the condition its photos led to, into the named vector that the fraud model sees.

There is one implementation: a live case becomes columns of length one, a table of past cases becomes long
columns, and both go through `compute`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.case import ReturnCase
from data.case_columns import CaseColumns, Floats
from data.condition import Condition
from features.case.columns import columns_of
from features.case.contract import CaseContract, case_contract
from features.case.findings import finding_features
from features.case.history import history_features
from features.case.identity import identity_features
from features.case.rma import rma_features
from features.case.route import is_scanned, route_features
from features.case.verification import is_verified, verification_features

Vectors = NDArray[np.float32]


class WrongContract(ValueError):
    """A contract does not name what is computed; the message names both differences."""


def vectorise_many(
    cases: Sequence[ReturnCase],
    conditions: Sequence[Condition | None],
    contract: CaseContract | None = None,
) -> Vectors:
    """Return (cases, features) float32, NaN for what was not known by `as_of`.

    Each row has the same bits as that case has alone.
    """
    return compute(columns_of(cases, conditions), contract)


def compute(cases: CaseColumns, contract: CaseContract | None = None) -> Vectors:
    """Return (cases, features) float32 in the order of the contract.

    Raises WrongContract unless the contract names exactly what is computed.
    """
    contract = contract or case_contract()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "moment": moments(cases),
            **rma_features(cases, contract),
            **history_features(cases, contract),
            **route_features(cases),
            **identity_features(cases),
            **verification_features(cases, contract),
            **finding_features(cases),
        }
        _require_names(found, contract)
        return _side_by_side([found[name] for name in contract.names])


def require_contract(contract: CaseContract) -> None:
    """Raise WrongContract unless a contract names exactly the features that this code computes."""
    compute(columns_of([], []), contract)


def _require_names(found: dict[str, Floats], contract: CaseContract) -> None:
    if found.keys() == contract.places.keys():
        return
    unnamed, uncomputed = found.keys() - contract.places.keys(), contract.places.keys() - found.keys()
    raise WrongContract(
        f"case contract {contract.version} and this code differ: computed and not in the contract: "
        f"{', '.join(sorted(unnamed)) or 'none'}; in the contract and not computed: "
        f"{', '.join(sorted(uncomputed)) or 'none'}; correct one of them"
    )


def _side_by_side(columns: list[Floats]) -> Vectors:
    """Return (cases, features) float32; written at once, for a column at a time costs a single case most."""
    flat = np.empty(len(columns) * len(columns[0]), dtype=np.float32)
    np.concatenate(columns, out=flat, casting="same_kind")
    return np.ascontiguousarray(flat.reshape(len(columns), -1).T)


def moments(cases: CaseColumns) -> Floats:
    """Return 0 (T0), 1 (T1, scans known) or 2 (T2, verification known) for each case."""
    return np.where(is_verified(cases), 2.0, is_scanned(cases).astype(np.float64))
