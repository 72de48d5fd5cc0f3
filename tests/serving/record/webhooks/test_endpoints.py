"""A file of receivers is read whole or refused in words, and no secret is ever shown."""

from pathlib import Path

import pytest

from data.versioned_file import InvalidFile
from serving.record.webhooks.endpoints import read_endpoints

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ONE = f"endpoints:\n  - name: rma\n    url: https://rma.example/hooks\n    secrets: [{SECRET}]\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "webhooks.yaml"
    path.write_text(text)
    return path


def test_receiver_gets_all_events_unless_it_names_some(tmp_path: Path) -> None:
    every = read_endpoints(written(tmp_path, ONE))[0]
    some = read_endpoints(written(tmp_path, ONE + "    events: [decision.made]\n"))[0]

    assert every.wants("decision.overridden")
    assert some.wants("decision.made")
    assert not some.wants("decision.overridden")


def test_secret_may_stand_in_the_environment(tmp_path: Path) -> None:
    path = written(tmp_path, ONE.replace(SECRET, "env:RMA_SECRET"))

    assert (
        read_endpoints(path, {"RMA_SECRET": SECRET})[0].keys == read_endpoints(written(tmp_path, ONE))[0].keys
    )


@pytest.mark.parametrize(
    ("changed", "to", "told"),
    [
        (SECRET, "env:RMA_SECRET", "no environment variable 'RMA_SECRET'"),
        (SECRET, "whsec_c2hvcnQ=", "24 to 64 random bytes"),
        (SECRET, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a secret is whsec_"),
        (SECRET, "whsec_§$%", "a secret is whsec_"),
        ("https://rma.example/hooks", "http://rma.example/hooks", "write https"),
        ("https://rma.example/hooks", "rma.example/hooks", "its url is none"),
        ("https://rma.example/hooks", "ftp://rma.example", "its url is none"),
        ("https://rma.example/hooks", "https://ana:pass@rma.example", "its url is none"),
        ("https://rma.example/hooks", "https://rma.example:port/", "its url is none"),
        ("name: rma", "name: RMA desk", "name"),
        (f"[{SECRET}]", "[]", "secrets"),
        ("secrets", "secret", "secret"),
    ],
)
def test_wrong_entry_is_named_and_no_secret_shown(tmp_path: Path, changed: str, to: str, told: str) -> None:
    path = written(tmp_path, ONE.replace(changed, to))

    with pytest.raises(InvalidFile) as refused:
        read_endpoints(path, {})

    assert told in str(refused.value)
    assert str(path) in str(refused.value)
    assert "MfKQ9r8G" not in str(refused.value)
    assert "pass" not in str(refused.value)


def test_two_receivers_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="'rma' stands there twice"):
        read_endpoints(written(tmp_path, ONE + ONE.removeprefix("endpoints:\n")))


def test_plain_http_is_for_this_machine_or_by_will(tmp_path: Path) -> None:
    own = ONE.replace("https://rma.example", "http://127.0.0.1:8000")
    willed = ONE.replace("https", "http") + "    plain_http: true\n"

    assert read_endpoints(written(tmp_path, own))[0].url.startswith("http://127")
    assert read_endpoints(written(tmp_path, willed))[0].url.startswith("http://rma")


def test_key_is_not_shown_with_its_receiver(tmp_path: Path) -> None:
    endpoint = read_endpoints(written(tmp_path, ONE))[0]

    assert repr(endpoint.keys[0]) not in repr(endpoint)
