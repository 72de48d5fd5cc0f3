"""Estimate which kinds of abuse an operator sees, for kinds are not confirmed equally often.

The released model says which kind a fraud looks like where kinds are as frequent as in its own world. Their
frequency at an operator is found by expectation and maximisation over its confirmed frauds (Saerens, Latinne
and Decaestecker, Neural Computation 14, 2002); a kind that a reviewer named counts as that.
"""

import numpy as np

from data.world.figures import TYPOLOGIES, load_figures
from training.fraud.calibration import confirmed_of_each
from training.fraud.rows import Labels, Values
from training.fraud.settings import LabelNoise

# Confirmed frauds for which the mix of the model's own world counts.
PRIOR_FRAUDS = 10.0
ROUNDS = 50


def own_shares(shares: Values, is_fraud: Labels, typology: Labels, noise: LabelNoise) -> Values:
    """Return the (rows, kinds) shares of each row's kinds, at the frequency of this operator's frauds.

    is_fraud marks the rows to estimate it from, one of each confirmed fraud; typology is what a reviewer
    named, -1 for nothing.
    """
    learnt = _learnt_mix(noise)
    frauds, named = shares[is_fraud == 1], typology[is_fraud == 1]
    certain = np.eye(len(TYPOLOGIES))[np.maximum(named, 0)]
    mix = learnt
    for _ in range(ROUNDS):
        found = np.where(named[:, None] >= 0, certain, _at(frauds, mix / learnt))
        counts = found.sum(axis=0) + PRIOR_FRAUDS * learnt
        mix = counts / counts.sum()
    return _at(shares, mix / learnt)


def _learnt_mix(noise: LabelNoise) -> Values:
    """Return how the confirmed frauds of the model's own world are mixed."""
    mix = load_figures()["fraud"]["mix"]
    confirmed = np.array([mix[kind.value] for kind in TYPOLOGIES]) * confirmed_of_each(noise)
    return np.asarray(confirmed / confirmed.sum())


def _at(shares: Values, factors: Values) -> Values:
    raised = shares * factors
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
