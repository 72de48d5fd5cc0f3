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
        rows = zip(kinds.tolist(), unusual[:, 0].tolist(), surprise[:, 0].tolist(), strict=True)
        return [Signal(self._likeliest(shares), share, nats) for shares, share, nats in rows]

    def _likeliest(self, shares: list[float]) -> tuple[TypologyShare, ...]:
        pairs = sorted(zip(shares, self._typologies, strict=True), key=lambda pair: -pair[0])
        return tuple(TypologyShare(typology, share) for share, typology in pairs)
