import logging

import pytest
from django.test import Client
from rest_framework.exceptions import ErrorDetail

from mdm.api.access import REQUESTS_A_MINUTE, PerMinute
from mdm.api.problems import pointed
from mdm.api.views import HubView
from tests.mdm.api.hub import ApiClient, told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "nothing/here", 404),
        ("post", "nothing/here", 404),
        ("delete", "customers", 405),
        ("put", "source-records", 405),
    ],
)
def test_every_refusal_is_a_problem(method: str, address: str, status: int) -> None:
    response = getattr(ApiClient(), method)(f"/api/v1/{address}")

    problem = told(response)
    assert (response.status_code, problem["status"]) == (status, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["instance"] == f"/api/v1/{address}"
    assert problem["request_id"] == response.headers["X-Request-ID"]


@pytest.mark.django_db
def test_a_body_of_another_media_type_is_refused() -> None:
    response = ApiClient().post("/api/v1/customers/match", "x", content_type="text/plain")

    assert (response.status_code, told(response)["code"]) == (415, "unsupported_media_type")


@pytest.mark.django_db
def test_too_many_requests_are_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    client = ApiClient("customer:read")
    client.ask("customers")
    monkeypatch.setitem(PerMinute._counts, f"key:{client.prefix}", REQUESTS_A_MINUTE)

    response = client.ask("customers")

    assert (response.status_code, told(response)["code"]) == (429, "throttled")
    assert 0 < int(response.headers["Retry-After"]) <= 60


@pytest.mark.django_db
def test_a_defect_is_told_and_logged_without_its_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    value = "Erika"

    def fail(*_: object) -> None:
        raise ValueError(value)

    monkeypatch.setattr(HubView, "initial", fail)
    with caplog.at_level(logging.ERROR):
        response = Client().get("/api/v1/customers")

    assert (response.status_code, told(response)["code"]) == (500, "internal_error")
    assert value.encode() not in response.content
    assert "ValueError" in caplog.text
    assert value not in caplog.text


def test_complaints_point_to_what_they_are_about() -> None:
    required = [ErrorDetail("Missing.", code="required")]

    found = pointed({"values": {"a/b": required}, "lines": [{}, {"unit": required}]})

    assert [each["pointer"] for each in found] == ["/values/a~1b", "/lines/1/unit"]
