"""Read photos from standard input and say what came of each and what it cost: `python -m tests.fuzz.reader`.

Each photo comes as eight bytes of length and its bytes; a line of JSON answers. With --grade the photo is
graded as well. The process ends itself where one photo takes more than a minute of the processor.
"""

import gc
import json
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from features.photo.photo import PhotoError, read_photo

LENGTH_BYTES = 8
MOST_CPU_S = 60.0
KIB = 1024

Read = Callable[[bytes], object]


def main() -> None:
    read = _grader() if "--grade" in sys.argv else _read
    # What is loaded by now stays; looking through it for every photo would take longer than reading one.
    gc.freeze()
    while len(length := sys.stdin.buffer.read(LENGTH_BYTES)) == LENGTH_BYTES:
        body = sys.stdin.buffer.read(int.from_bytes(length))
        # Its default action ends the process, in the midst of a decoder as well.
        signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
        answer = json.dumps(_tried(read, body))
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _read(body: bytes) -> str:
    photo = read_photo(body)
    return f"{photo.width_px} x {photo.height_px}{', part lost' if photo.is_damaged else ''}"


def _grader() -> Read:
    from serving.condition.model import ConditionModel

    model = ConditionModel.open()
    return lambda body: f"grade {model.grade([body]).grade}"


def _tried(read: Read, body: bytes) -> dict[str, object]:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before_mib, before_s = _mib("VmRSS"), time.process_time()
    outcome, said = "read", ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            said = str(read(body))
        except PhotoError as error:
            outcome, said = "refused", str(error)
        except Exception as error:  # noqa: BLE001 - that this never happens is what is tried
            outcome, said = "unexpected", repr(error)
    if caught:
        outcome, said = "unexpected", f"warning: {caught[0].message}"
    cpu_s, memory_mib = time.process_time() - before_s, _mib("VmHWM") - before_mib
    return {"outcome": outcome, "said": said[:300], "cpu_s": cpu_s, "memory_mib": memory_mib}


def _mib(name: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / KIB


if __name__ == "__main__":
    main()
