"""Measure the parts of a fraud score: features, graph and reasons, one case at a time and in bulk."""

import json
from collections.abc import Callable

import httpx
import lightgbm
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from data.case import ReturnCase, parse_case
from data.case_columns import CaseColumns
from data.fraud import Moment, Reason
from data.world import WorldSettings, simulate
from features.case.case_vector import Vectors, compute, vectorise_many
from features.case.contract import case_contract
from serving.fraud.facts import Facts
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.fraud.reasons import gather, strongest_reasons
from serving.release import open_release
from tests.bench.timing import Throughput, Timing, measure, measure_throughput
from training.fraud.calibration import ScoreCalibration
from training.fraud.trees.exact import make_exact
from training.fraud.trees.graph import build_graph

SCORE_LIMIT_MS = 10.0
REASONS_LIMIT_MS = 5.0
GRAPH_LIMIT_MS = 0.1
FEATURES_A_SECOND = 20_000.0
VECTORS_A_SECOND = 100_000.0
BATCH = 1_000
TREES, LEAVES = 300, 31
WORLD = WorldSettings(seed=7, returns=12_000)
# Small steps, for leaves that add up to little are what the exporter can carry exactly.
FITTING = {"objective": "binary", "num_leaves": LEAVES, "learning_rate": 0.02, "lambda_l2": 20.0, "seed": 7}


Scorer = Callable[[Vectors], object]


def time_one_score(client: httpx.Client, example: dict[str, object], n: int) -> list[Timing]:
    """Time one case over HTTP with a kept connection, in process, and each part of it."""
    model = FraudModel.open(open_release(MODEL_NAME))
    case = parse_case(example)
    body = json.dumps({"returns": [example]}).encode()
    vector = vectorise_many([case], [None])
    headers = {"Content-Type": "application/json"}
    return [
        measure(
            "over HTTP, whole answer",
            lambda: client.post("/v1/fraud/score", content=body, headers=headers).raise_for_status(),
            n=n,
            limit_ms=SCORE_LIMIT_MS,
        ),
        measure("in process, with reasons", lambda: model.score([case]), n=n),
        measure("features alone", lambda: vectorise_many([case], [None]), n=n),
        measure(
            "graph and calibration alone", lambda: model.probabilities(vector), n=n, limit_ms=GRAPH_LIMIT_MS
        ),
        measure(
            "five reasons alone",
            lambda: _reasons(model, case, vector),
            n=n,
            limit_ms=REASONS_LIMIT_MS,
        ),
    ]


def measure_bulk(n: int) -> list[Throughput]:
    """Measure past cases to vectors, and vectors to probabilities, on one thread."""
    blocks = list(simulate(WORLD))
    columns = [block.columns() for block in blocks]
    vectors = np.concatenate([compute(one) for one in columns])
    is_fraud = np.concatenate([block.intent.typology >= 0 for block in blocks])
    released = FraudModel.open(open_release(MODEL_NAME))
    large = _large(vectors, is_fraud)
    return [
        _features_rate(max(columns, key=len), n),
        _rate("released graph", released.probabilities, vectors, n),
        _rate(f"graph of {TREES} trees of {LEAVES} leaves", large, vectors, n, promised=VECTORS_A_SECOND),
        _rate("reasons", released.contributions, vectors, max(n // 20, 1)),
    ]


def _reasons(model: FraudModel, case: ReturnCase, vector: Vectors) -> tuple[Reason, ...]:
    contract = case_contract()
    sums = gather(model.contributions(vector)[:, :-1], contract)
    facts = Facts(case, vector[0], contract)
    return strongest_reasons(contract.reason_codes, sums[0], facts, most=model.policy.reasons)


def _features_rate(columns: CaseColumns, n: int) -> Throughput:
    return measure_throughput(
        "features of past cases",
        lambda: compute(columns),
        batch=len(columns),
        n=n,
        promised=FEATURES_A_SECOND,
    )


def _rate(name: str, score: Scorer, vectors: Vectors, n: int, promised: float | None = None) -> Throughput:
    return measure_throughput(name, lambda: score(vectors[:BATCH]), batch=BATCH, n=n, promised=promised)


def _large(vectors: Vectors, is_fraud: NDArray[np.bool_]) -> Scorer:
    """Fit trees of the promised number and size on a simulated world, and carry them over as a release is."""
    data = lightgbm.Dataset(vectors, label=is_fraud.astype(np.float64))
    trees = make_exact(lightgbm.train({**FITTING, "verbosity": -1}, data, num_boost_round=TREES))
    plain = ScoreCalibration((1.0,) * len(Moment), (0.0,) * len(Moment))
    graph = build_graph(trees, plain, features=vectors.shape[1], stage_feature=0)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda given: session.run(["probability"], {"features": given})
