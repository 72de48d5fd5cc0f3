"""Weigh the processor time of a start against that of loading the same libraries, in the same run."""

import resource
import subprocess
from pathlib import Path

# What a server of models on BentoML loads at least, of ours or not.
LIBRARIES = "import bentoml, _bentoml_impl.server.app, onnxruntime, sqlalchemy, PIL.Image"
# Two processes load them, the one that watches and the one that serves, and both open the models: 3.1 to 6
# were measured, more while other work shares the cores.
MOST_LOADS = 8.0


def children_cpu_s() -> float:
    """Return how long the processes that were started here, and theirs, ran until they ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def load_cpu_s(python: str | Path) -> float:
    """Return the processor time in seconds that a bare process takes to load the libraries, mean of two."""
    before_s = children_cpu_s()
    for _ in range(2):
        subprocess.run([python, "-P", "-c", LIBRARIES], check=True, capture_output=True)
    return (children_cpu_s() - before_s) / 2
