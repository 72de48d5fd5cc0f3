"""Start the service as a process group of BentoML workers, and stop it cleanly."""

import ipaddress
import os
import socket
import tempfile
from typing import Any

from serving.settings import Settings


class AddressInUse(RuntimeError):
    """Something else listens on the port already."""


class WrongAddress(ValueError):
    """The host is no IP address of this machine."""


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises AddressInUse or WrongAddress, and BrokenRelease, InvalidPolicy or InvalidRecordUrl as opening does.
    """
    from serving.startup import check_settings

    host = _address(host)
    _require_free(host, port)
    check_settings(settings)
    with tempfile.TemporaryDirectory(prefix="regrade-") as home:
        # BentoML keeps the metrics of its workers in its home, and a second service there would wipe them.
        os.environ.setdefault("BENTOML_HOME", home)
        os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
        os.environ.update(settings.variables())
        _run(host, port, workers)


def _run(host: str, port: int, workers: int) -> None:
    # Imported late, because BentoML reads the environment when it is imported.
    from serving.http.service import Regrade

    service: Any = Regrade
    service.config["workers"] = workers
    service.serve_http(host=host, port=port)


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address("127.0.0.1" if host == "localhost" else host))
    except ValueError as error:
        raise WrongAddress(
            f"host {host!r} is no IP address; give one such as 127.0.0.1 or 0.0.0.0"
        ) from error


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressInUse(
                f"can't listen on {host} port {port}: {error.strerror}; give another one"
            ) from error
