"""Read who wants which events, and the secrets that they are signed with."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from data.strict import Frozen
from data.versioned_file import InvalidFile, read_yaml
from serving.record.webhooks.signature import InvalidSecret, read_secret

FROM_ENVIRONMENT = "env:"
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=32)]


@dataclass(frozen=True)
class Endpoint:
    """One receiver of events. `types` is empty where all are wanted; `keys` are never shown."""

    name: str
    url: str
    types: frozenset[str]
    keys: tuple[bytes, ...] = field(repr=False)

    def wants(self, event_type: str) -> bool:
        """Return whether events of a type go there."""
        return not self.types or event_type in self.types


class _Entry(Frozen):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    url: Annotated[str, StringConstraints(max_length=2048)]
    events: Annotated[tuple[EventType, ...], Field(max_length=50)] = ()
    secrets: Annotated[tuple[str, ...], Field(min_length=1, max_length=4)]
    plain_http: bool = False


class _File(Frozen):
    endpoints: Annotated[tuple[_Entry, ...], Field(max_length=20)]


def read_endpoints(path: Path, environment: Mapping[str, str] = os.environ) -> tuple[Endpoint, ...]:
    """Read a file of receivers; raises InvalidFile, which names each wrong entry and no secret."""
    entries = read_yaml(path, _File).endpoints
    twice = [name for name, count in Counter(entry.name for entry in entries).items() if count > 1]
    if twice:
        raise InvalidFile(f"{path}: endpoint {twice[0]!r} stands there twice: give each a name of its own")
    return tuple(_endpoint(path, entry, environment) for entry in entries)


def _endpoint(path: Path, entry: _Entry, environment: Mapping[str, str]) -> Endpoint:
    where = f"{path}: endpoint {entry.name!r}"
    _require_url(where, entry)
    keys = tuple(
        _key(f"{where}, secret {number}", text, environment) for number, text in enumerate(entry.secrets, 1)
    )
    return Endpoint(entry.name, entry.url, frozenset(entry.events), keys)


def _require_url(where: str, entry: _Entry) -> None:
    try:
        parts = urlsplit(entry.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.fragment:
        raise InvalidFile(f"{where}: its url is none; write one such as https://rma.example/hooks")
    if parts.scheme == "http" and not (entry.plain_http or _is_own_machine(host)):
        raise InvalidFile(
            f"{where}: over http everybody on the way can read the events; write https, or plain_http: true "
            "beside it if the way is yours"
        )


def _is_own_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key(where: str, text: str, environment: Mapping[str, str]) -> bytes:
    if text.startswith(FROM_ENVIRONMENT):
        name = text.removeprefix(FROM_ENVIRONMENT)
        text = environment.get(name, "")
        if not text:
            raise InvalidFile(f"{where}: there is no environment variable {name!r}: set it to the secret")
    try:
        return read_secret(text)
    except InvalidSecret as error:
        raise InvalidFile(f"{where}: {error}") from None
