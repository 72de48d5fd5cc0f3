"""Track training runs in MLflow: on its embedded default, or wherever MLFLOW_TRACKING_URI points."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow

DEFAULT_FOLDER = Path("runs/mlflow")


class Run:
    """One tracked run: figures over steps, pictures and files."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    def log(self, figures: Mapping[str, float], step: int | None = None) -> None:
        """Record figures, at a step where they belong to a curve."""
        mlflow.log_metrics({_clean(name): float(value) for name, value in figures.items()}, step=step)

    def keep(self, path: Path, folder: str | None = None) -> None:
        """Keep a file, or all files of a folder, with the run."""
        if path.is_dir():
            mlflow.log_artifacts(str(path), folder)
        else:
            mlflow.log_artifact(str(path), folder)


@contextmanager
def track(experiment: str, settings: Mapping[str, Any], *, name: str | None = None) -> Iterator[Run]:
    """Open a run of an experiment with its settings as parameters; it is marked failed on any error.

    Without MLFLOW_TRACKING_URI the store is an SQLite file and a folder of artefacts under runs/mlflow.
    """
    location = _open_store()
    if mlflow.get_experiment_by_name(experiment) is None:
        mlflow.create_experiment(experiment, artifact_location=location)
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=name) as run:
        mlflow.log_params({key: str(value)[:500] for key, value in settings.items()})
        yield Run(run.info.run_id)


def _open_store() -> str | None:
    """Point MLflow at its store and return where artefacts go, None where the server decides."""
    if os.environ.get("MLFLOW_TRACKING_URI"):
        return None
    folder = DEFAULT_FOLDER.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    return (folder / "artifacts").as_uri()


def _clean(name: str) -> str:
    """Return a name MLflow accepts: letters, digits and a few signs."""
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name)
