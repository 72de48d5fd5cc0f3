"""Compute exact SHAP values of single leaves, by quadrature.

A leaf answers v times a product over the features on its path: for feature j the factor is 1 where the row
meets every split on j, 0 where it does not, and the share z of training rows that met them where j is not
known. The SHAP value of j in such a product is an integral over how much is known (Owen's multilinear
extension of the Shapley value):

    v * (met_j - z_j) * integral from 0 to 1 of product over i != j of (met_i * t + z_i * (1 - t)) dt

The integrand is a polynomial, so Gauss-Legendre quadrature of enough points gives it exactly, and the values
equal those of Lundberg's path-dependent TreeSHAP (LightGBM's pred_contrib). They depend on nothing of a row
but which features' splits it meets: one of 2 ** m patterns for m features.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quadrature:
    """The factors of leaves with m features each, at the p points that m features need.

    A leaf and the one beside it have all features but the last in common, whose share of the one is what the
    other lacks. met, unmet: (leaves, m - 1, p) factors of the product of those. if_met: (p, m - 1, leaves)
    and if_unmet: (p,), by which the product is multiplied for the value of such a feature. answer: (p, 2,
    leaves) of both leaves, and last: (2, leaves) for the last feature, both by whether a row meets that.
    """

    weights: Floats
    met: Floats
    unmet: Floats
    if_met: Floats
    if_unmet: Floats
    answer: Floats
    last: Floats

    @classmethod
    def of(cls, share: Floats, value: Floats, beside: Floats) -> Self:
        """Prepare (leaves, m) shares, and (leaves,) answers of each leaf and of the one beside it."""
        points, weights = np.polynomial.legendre.leggauss((share.shape[1] + 1) // 2)
        t = (points + 1.0) / 2.0
        common, last = share[:, :-1], share[:, -1]
        unmet = common[:, :, None] * (1.0 - t)
        met = unmet + t
        unknown = value * last + beside * (1.0 - last)
        known = np.stack([beside, value])
        return cls(
            weights=weights / 2.0,
            met=met,
            unmet=unmet,
            if_met=np.ascontiguousarray(((1.0 - common)[:, :, None] / met).T),
            if_unmet=-1.0 / (1.0 - t),
            answer=known * t[:, None, None] + unknown * (1.0 - t)[:, None, None],
            last=known - unknown,
        )

    def products(self, features: slice) -> Floats:
        """Return (leaves, 2 ** k, p) products over k common features, by pattern; bit 0 is the first."""
        met, unmet = self.met[:, features], self.unmet[:, features]
        products = np.ones((len(met), 1, met.shape[2]))
        for feature in range(met.shape[1]):
            both = [products * one[:, feature, None, :] for one in (unmet, met)]
            products = np.concatenate(both, axis=1)
        return products

    def values(self, products: Floats, met: NDArray[np.bool_]) -> Floats:
        """Return (n, m, leaves) SHAP values.

        By (n, leaves, p) products of the common features and (n, m, leaves or 1) of what is met.
        Point by point, so that a row has the same bits whatever the others are.
        """
        shape = len(products), self.if_met.shape[1] + 1, products.shape[1]
        found, if_unmet, total = (
            np.zeros(shape),
            np.zeros((shape[0], 1, shape[2])),
            np.zeros((shape[0], shape[2])),
        )
        is_last = met[:, -1]
        if_met = found[:, :-1]
        for point, weight in enumerate(self.weights.tolist()):
            product = products[:, :, point] * weight
            total += product
            product *= np.where(is_last, self.answer[point, 1], self.answer[point, 0])
            if_met += product[:, None] * self.if_met[point]
            if_unmet += product[:, None] * self.if_unmet[point]
        np.copyto(if_met, if_unmet, where=~met[:, :-1])
        found[:, -1] = total * np.where(is_last, self.last[1], self.last[0])
        return found


def bits_of(numbers: NDArray[np.integer], bits: int) -> NDArray[np.bool_]:
    """Return (n, bits, ...): which bits of (n, ...) numbers are set, the lowest first."""
    place = np.arange(bits).reshape(-1, *[1] * (numbers.ndim - 1))
    return np.asarray((numbers[:, None] >> place) & 1 == 1)
