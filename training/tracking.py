"""Record training runs in MLflow: their settings, their figures, and the files that show them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
DEFAULT_STORE = Path("runs")


class Run:
    """One open run; everything given to it is kept under its name."""

    def parameters(self, values: Mapping[str, object]) -> None:
        """Record the settings of the run."""
        import mlflow

        mlflow.log_params(dict(values))

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record figures of the run, at a step where they belong to a curve."""
        import mlflow

        mlflow.log_metrics(dict(values), step=step)

    def folder(self, path: Path) -> None:
        """Record all files of a folder."""
        import mlflow

        mlflow.log_artifacts(str(path))


@contextmanager
def track(experiment: str, name: str, *, store: Path = DEFAULT_STORE) -> Iterator[Run]:
    """Open a run in MLFLOW_TRACKING_URI, or in the embedded SQLite store under `store` when that is unset."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow

    mlflow.set_tracking_uri(os.environ.get(TRACKING_VARIABLE) or _embedded(store))
    _ensure_experiment(experiment, store)
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=name):
        yield Run()


def _embedded(store: Path) -> str:
    store.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(store / 'mlflow.db').resolve()}"


def _ensure_experiment(experiment: str, store: Path) -> None:
    """Create the experiment with its files beside the embedded store, not in the working folder."""
    import mlflow

    if os.environ.get(TRACKING_VARIABLE) or mlflow.get_experiment_by_name(experiment) is not None:
        return
    mlflow.create_experiment(
        experiment, artifact_location=(store / "artifacts" / experiment).resolve().as_uri()
    )
