"""Start the service as a process group of BentoML workers, and stop it cleanly."""

import ipaddress
import os
import socket
import tempfile
from pathlib import Path
from typing import Any

from data.first_errors import excerpt
from data.versioned_file import InvalidFile, read_mapping
from serving.settings import InvalidSetting, Settings

CONFIG_VARIABLE, HOME_VARIABLE = "BENTOML_CONFIG", "BENTOML_HOME"


class AddressInUse(RuntimeError):
    """A port on which something else listens already."""


class NoPlace(RuntimeError):
    """A service without a folder for what it needs while it runs."""


class WrongAddress(ValueError):
    """A host that is no IP address of this machine."""


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises AddressInUse, WrongAddress, NoPlace or InvalidSetting, and what opening does: BrokenRelease,
    InvalidFile, InvalidPolicy, InvalidRecordUrl or UnusableRecord.
    """
    from serving.shadow.opening_shadow import check_shadow
    from serving.startup import check_settings

    host = _address(host)
    _require_free(host, port)
    check_shadow(settings)
    settings = check_settings(settings)
    with _temporary_folder() as home:
        # BentoML keeps the metrics of its workers in its home, and a second service there would wipe them.
        os.environ.setdefault(HOME_VARIABLE, home)
        os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
        os.environ.update(settings.variables())
        _run(host, port, workers)


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="regrade-")
    except OSError as error:
        raise NoPlace(
            f"no folder for temporary files can be made: {error.strerror}; make room, or name another place "
            "in TMPDIR"
        ) from error


def _run(host: str, port: int, workers: int) -> None:
    service = _service()
    service.config["workers"] = workers
    service.serve_http(host=host, port=port)


def _service() -> Any:
    """Return the service; raises InvalidSetting or NoPlace for what BentoML's own variables name."""
    _require_folder(os.environ[HOME_VARIABLE])
    _require_bentoml_config(os.environ.get(CONFIG_VARIABLE))
    # Imported late, because BentoML reads the environment when it is imported.
    from bentoml.exceptions import BentoMLException

    try:
        from serving.http.service import Regrade
    except BentoMLException as error:
        said = excerpt(" ".join(str(error).split()))
        raise InvalidSetting(
            f"{CONFIG_VARIABLE} can't be used: {said}; correct the file or unset it"
        ) from error
    return Regrade


def _require_folder(name: str) -> None:
    try:
        Path(name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoPlace(
            f"{HOME_VARIABLE} {name} can't be made: {error.strerror}; name another folder or unset it"
        ) from error


def _require_bentoml_config(name: str | None) -> None:
    # BentoML has tracebacks for what is wrong with the file itself.
    if not name:
        return
    if Path(name).suffix not in {".yaml", ".yml"}:
        raise InvalidSetting(f"{CONFIG_VARIABLE} is {name!r}; name a file that ends in .yaml, or unset it")
    try:
        read_mapping(Path(name), needs="entries of BentoML's configuration")
    except InvalidFile as error:
        raise InvalidSetting(f"{CONFIG_VARIABLE}: {error}") from error


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
