"""Compute which kind of abuse a return looks like, and how unusual it is, beside its probability."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from data.fraud import Typology, TypologyShare
from serving.release import Release, open_session

SIGNALS_FILE = "signals.onnx"
SIGNALS_GOLDEN_FILE = "signals-golden.npz"
OUTPUTS = ("typologies", "unusual", "surprise")


@dataclass(frozen=True)
class Signal:
    """The likely kinds and the surprise of one return.

    unusual: the share of earlier returns at the same moment that were less unusual. surprise: by how many
    nats its findings are rarer than usual, added over the kinds of evidence.
    """

    typologies: tuple[TypologyShare, ...]
    unusual: float
    surprise: float


class Signals:
    """The released graph beside the fraud model; it opens no trees and weighs nothing itself."""

    def __init__(self, session: onnxruntime.InferenceSession, typologies: tuple[Typology, ...]) -> None:
        self._session = session
        self._typologies = typologies

    @classmethod
    def open(cls, release: Release) -> Self:
        """Load the graph and replay its golden inputs; raises BrokenRelease as open_session does."""
        session = open_session(release, graph=SIGNALS_FILE, golden=SIGNALS_GOLDEN_FILE)
        named = release.manifest["signals"]["typologies"]
        return cls(session, tuple(Typology(name) for name in named))

    def read(self, vectors: NDArray[np.float32]) -> list[Signal]:
        """Return the signal of each of (n, features) vectors."""
        kinds, unusual, surprise = self._session.run(OUTPUTS, {"features": vectors})
        # Stable, so that of two that are as likely the first named comes first.
        order = np.argsort(-kinds, axis=1, kind="stable")
        shares = np.take_along_axis(kinds, order, axis=1).tolist()
        rows = zip(order.tolist(), shares, unusual[:, 0].tolist(), surprise[:, 0].tolist(), strict=True)
        named = self._typologies.__getitem__
        return [
            Signal(tuple(map(TypologyShare, map(named, places), likely)), share, nats)
            for places, likely, share, nats in rows
        ]
