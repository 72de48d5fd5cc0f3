"""The OpenAPI document names every address there is, and its limits are those that are kept."""

import copy
import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from serving.http.forms import DecideForm, Form, GradeForm, ScoreForm, UploadForm
from serving.http.openapi import describe_service
from serving.http.routes import house_routes
from serving.http.service import BENTOML_PATHS, BODY_LIMITS, Regrade

DESCRIPTION = describe_service()
# Both lead to the station page, which is described at /station.
OTHER_WAYS_IN = {("get", "/"), ("get", "/station/")}
FORMS = {"/v1/grade": GradeForm, "/v1/grade/overlay": GradeForm, "/v1/decide": DecideForm}
OTHER_FORMS: dict[str, type[Form]] = {"/v1/photos": UploadForm, "/v1/fraud/score": ScoreForm}


def calls() -> set[str]:
    # The decorator makes a service of the class, which type checkers do not see.
    service: Any = Regrade
    return {method.route for method in service.apis.values()}


def served() -> Iterator[tuple[str, str]]:
    """Yield the method and path of every address that the service answers."""
    yield from (("post", path) for path in calls())
    yield from (("get", path) for path in BENTOML_PATHS)
    for route in house_routes().routes:
        if isinstance(route, Route):
            # What a part of an address may hold is said in another way there.
            path = route.path.replace(":path}", "}")
            yield from ((method.lower(), path) for method in (route.methods or set()) - {"HEAD"})


def described(description: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, item in description["paths"].items() for method in item}


def left_out(description: dict[str, Any]) -> set[tuple[str, str]]:
    return set(served()) - OTHER_WAYS_IN - described(description)


def test_every_address_is_described_and_none_that_is_not_there() -> None:
    assert left_out(DESCRIPTION) == set()
    assert described(DESCRIPTION) - set(served()) == set()


@pytest.mark.parametrize("path", DESCRIPTION["paths"])
def test_an_address_that_is_left_out_of_the_description_is_named(path: str) -> None:
    shortened = copy.deepcopy(DESCRIPTION)
    methods = shortened["paths"].pop(path)

    assert left_out(shortened) == {(method, path) for method in methods}


def test_every_call_has_a_limit_of_its_own_for_its_body() -> None:
    assert set(BODY_LIMITS) == calls()


def test_every_reference_of_the_description_is_there(http: httpx.Client) -> None:
    served_description = http.get("/docs.json").json()

    schemas = served_description["components"]["schemas"]
    references = set(find_references(served_description))
    assert served_description == json.loads(json.dumps(DESCRIPTION))
    assert references <= {f"#/components/schemas/{name}" for name in schemas}
    assert "#/components/schemas/ReturnCase" in references


def find_references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for each in value.values() for found in find_references(each)]
    if isinstance(value, list):
        return [found for each in value for found in find_references(each)]
    return []


def body_of(path: str) -> dict[str, Any]:
    [content] = DESCRIPTION["paths"][path]["post"]["requestBody"]["content"].values()
    return dict(content["schema"])


@pytest.mark.parametrize(("path", "form"), [*FORMS.items(), *OTHER_FORMS.items()])
def test_the_fields_described_are_those_that_a_call_takes(path: str, form: type[Form]) -> None:
    needed = {name for name, field in form.model_fields.items() if field.is_required()}

    assert set(body_of(path)["properties"]) == set(form.model_fields)
    assert set(body_of(path)["required"]) == needed


def numbers() -> Iterator[tuple[str, str, int, int]]:
    """Yield every number that a query may hold, with its least and its most."""
    for path, item in DESCRIPTION["paths"].items():
        for parameter in item.get("get", {}).get("parameters", ()):
            schema = parameter["schema"]
            if schema.get("type") == "integer":
                yield path, parameter["name"], schema["minimum"], schema["maximum"]


@pytest.mark.parametrize(("path", "name", "least", "most"), list(numbers()))
def test_a_number_is_taken_up_to_its_described_limits_and_not_beyond(
    http: httpx.Client, path: str, name: str, least: int, most: int
) -> None:
    statuses = [
        http.get(path, params={name: number}).status_code for number in (least - 1, least, most, most + 1)
    ]

    assert statuses == [422, 200, 200, 422]


def test_an_rma_is_asked_for_by_as_long_a_name_as_described(http: httpx.Client) -> None:
    [schema] = [
        parameter["schema"]
        for parameter in DESCRIPTION["paths"]["/v1/decisions"]["get"]["parameters"]
        if parameter["name"] == "rma_id"
    ]

    statuses = [
        http.get("/v1/decisions", params={"rma_id": "R" * length}).status_code
        for length in (schema["maxLength"], schema["maxLength"] + 1)
    ]

    assert statuses == [200, 422]


@pytest.mark.parametrize("path", FORMS)
def test_as_many_photos_are_taken_as_described(http: httpx.Client, case: dict[str, Any], path: str) -> None:
    most = body_of(path)["properties"]["photos"]["maxItems"]

    kinds = [kind_of(http, path, case, photos=count) for count in (most, most + 1)]

    # What is counted here is no picture: at the limit, that is what is wrong.
    assert kinds == ["unreadable-photo", "wrong-photo-count"]


@pytest.mark.parametrize(("path", "least"), [("/v1/grade", 1), ("/v1/grade/overlay", 1), ("/v1/decide", 0)])
def test_as_few_photos_are_taken_as_described(
    http: httpx.Client, case: dict[str, Any], path: str, least: int
) -> None:
    assert body_of(path)["properties"]["photos"].get("minItems", 0) == least
    assert (kind_of(http, path, case, photos=0) == "wrong-photo-count") is (least == 1)


def kind_of(http: httpx.Client, path: str, case: dict[str, Any], *, photos: int) -> str | None:
    """Return the kind of the problem that a form is answered with; None where it is taken."""
    parts: list[tuple[str, Any]] = [("photos", ("a.jpg", b"no picture"))] * photos
    # A form without files would be sent as urlencoded, so one field is sent as a part as well.
    name, text = (
        ("case", json.dumps(case)) if path == "/v1/decide" else ("views", ",".join(["back"] * photos))
    )
    answer = http.post(path, files=[*parts, (name, (None, text))])
    return answer.json()["type"].rpartition(":")[2] if answer.is_error else None


def test_as_many_returns_are_taken_as_described(http: httpx.Client) -> None:
    schema = body_of("/v1/fraud/score")["properties"]["returns"]

    statuses = [
        http.post("/v1/fraud/score", json={"returns": [{}] * count}).status_code
        for count in (schema["minItems"] - 1, schema["minItems"], schema["maxItems"], schema["maxItems"] + 1)
    ]

    assert statuses == [422, 200, 200, 422]


def test_a_key_is_taken_up_to_its_described_length(http: httpx.Client, case: dict[str, Any]) -> None:
    [header] = DESCRIPTION["paths"]["/v1/decide"]["post"]["parameters"]
    most = header["schema"]["maxLength"]
    fresh = uuid.uuid4().hex

    statuses = [
        http.post(
            "/v1/decide", data={"case": json.dumps(case)}, headers={header["name"]: fresh.ljust(length, "k")}
        ).status_code
        for length in (most, most + 1)
    ]

    assert statuses == [200, 422]
    assert body_of("/v1/decide")["properties"]["idempotency_key"] == header["schema"]
