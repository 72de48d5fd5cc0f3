"""What BentoML and the page serve beside the calls."""

import httpx
import pytest


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_answer(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 200


def test_metrics_count_the_calls_and_keep_no_row_for_each_address(http: httpx.Client) -> None:
    http.get("/v1/decisions/some-id")
    http.get("/made-up-by-a-scanner")
    http.get("/v1/grade")

    metrics = http.get("/metrics").text

    assert 'endpoint="/v1/grade"' in metrics
    assert "some-id" not in metrics
    assert "scanner" not in metrics


@pytest.mark.parametrize("path", ["/station", "/station/"])
def test_page_is_served_with_a_fence_around_it(http: httpx.Client, path: str) -> None:
    page = http.get(path)

    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"


def test_unchanged_page_is_not_sent_twice(http: httpx.Client) -> None:
    first = http.get("/station/station.js")

    again = http.get("/station/station.js", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


def test_front_door_leads_to_the_station(http: httpx.Client) -> None:
    answer = http.get("/")

    assert answer.is_redirect
    assert answer.headers["location"] == "/station"
