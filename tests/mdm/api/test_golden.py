from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mdm.actors import SYSTEM, person
from mdm.models import SourceSystem
from mdm.public_ids import public_id
from mdm.services.decisions import merge_pair
from mdm.services.systems import put_mapping
from tests.builders import golden_of as golden_of_any
from tests.builders import load
from tests.mdm.api.hub import NOON, ApiClient, accounts_in_hub, an_account, golden_of, source_record_of, told
from tests.mdm.services.test_facts import MAPPING, a_line, an_agreement

KEY_QUERY = 1
CUSTOMER = {"reference": {"system": "crm", "entity_type": "customer"}, "path": "cust"}


def test_a_document_is_served_as_stored(hub: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    [golden] = accounts_in_hub(an_account(1))
    client = ApiClient("customer:read")

    with django_assert_num_queries(KEY_QUERY + 1):
        response = client.ask(f"customers/{golden.public_id}")

    assert told(response) == golden.document
    assert response.headers["ETag"] == f'"{golden.public_id}.1"'


def test_a_client_that_holds_the_version_is_told_so(hub: None) -> None:
    [golden] = accounts_in_hub(an_account(1))
    client = ApiClient("customer:read")
    tag = client.ask(f"customers/{golden.public_id}").headers["ETag"]
    held = client.ask(f"customers/{golden.public_id}", If_None_Match=f'"other", {tag}')
    accounts_in_hub(an_account(1, Name="Nordwind Handel GmbH"))

    assert (held.status_code, held.content, held.headers["ETag"]) == (304, b"", tag)
    assert client.ask(f"customers/{golden.public_id}", If_None_Match=tag).status_code == 200


def test_a_merged_id_leads_to_its_survivor(hub: None) -> None:
    first, second = accounts_in_hub(an_account(1), an_account(2))
    left, right = source_record_of(an_account(1)["Id"]), source_record_of(an_account(2)["Id"])
    merge_pair(left.pk, right.pk, actor=person("ana"), at=NOON, reason="same company")
    survivor = golden_of(an_account(1)["Id"])
    merged = second if survivor.pk == first.pk else first
    client = ApiClient("customer:read")

    response = client.ask(f"customers/{merged.public_id}")

    assert response.status_code == 308
    assert response.headers["Location"] == f"/api/v1/customers/{survivor.public_id}"
    assert told(response)["survivor"] == survivor.public_id
    assert told(client.ask(response.headers["Location"].removeprefix("/api/v1/")))["status"] == "active"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mentioned", "status", "code"),
    [
        (f"CUS-0000123-{9 - int(public_id('CUS', 123)[-1])}", 400, "mistyped_public_id"),
        ("nonsense", 400, "mistyped_public_id"),
        (public_id("CUS", 123), 404, "not_found"),
        (public_id("PRD", 123), 404, "not_found"),
        ("CUS%00", 400, "parse_error"),
    ],
)
def test_ids_that_lead_nowhere_say_why(mentioned: str, status: int, code: str) -> None:
    response = ApiClient("customer:read").ask(f"customers/{mentioned}")

    assert (response.status_code, told(response)["code"]) == (status, code)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_pages_have_no_gaps_and_no_repeats(hub: None) -> None:
    stored = [golden.public_id for golden in accounts_in_hub(*(an_account(number) for number in range(5)))]
    client = ApiClient("customer:read")

    pages = _pages(client, "customers?limit=2")

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each["id"] for page in pages for each in page] == sorted(stored)


def test_a_list_asks_the_database_once_whatever_its_length(
    hub: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    accounts_in_hub(*(an_account(number) for number in range(5)))
    client = ApiClient("customer:read")

    for limit in (1, 5):
        with django_assert_num_queries(KEY_QUERY + 1):
            client.ask(f"customers?limit={limit}&source=crm&status=active")


def test_filters_narrow_the_list(hub: None) -> None:
    accounts_in_hub(an_account(1))
    client = ApiClient("customer:read")

    counts = {
        query: len(told(client.ask(f"customers?{query}"))["items"])
        for query in ("source=crm", "source=erp", "status=retired", "updated_since=2026-03-02T13:00:00%2B01:00")
    }

    assert counts == {
        "source=crm": 1,
        "source=erp": 0,
        "status=retired": 0,
        "updated_since=2026-03-02T13:00:00%2B01:00": 1,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "cursor=forged", "status=x", "sorce=crm"])
def test_a_query_that_cannot_be_meant_is_refused(query: str) -> None:
    response = ApiClient("customer:read").ask(f"customers?{query}")

    assert (response.status_code, told(response)["code"]) == (400, "invalid_parameter")


def test_a_cursor_fits_only_the_conditions_it_was_made_for(hub: None) -> None:
    accounts_in_hub(an_account(1), an_account(2))
    client = ApiClient("customer:read")
    token = told(client.ask("customers?limit=1"))["next"]

    assert client.ask(f"customers?limit=1&cursor={token}&source=erp").status_code == 400
    assert client.ask(f"customers?limit=1&cursor={token}").status_code == 200


def test_a_golden_record_tells_its_versions_lineage_and_sources(hub: None) -> None:
    [golden] = accounts_in_hub(an_account(1))
    accounts_in_hub(an_account(1, Name="Nordwind Handel GmbH"))
    client = ApiClient("customer:read")
    address = f"customers/{golden.public_id}"

    assert [each["version"] for each in told(client.ask(f"{address}/versions"))["items"]] == [2, 1]
    assert told(client.ask(f"{address}/versions/1")) == golden.document
    assert told(client.ask(f"{address}/lineage"))["lineage"]["name"]["winner"]["system"] == "crm"
    assert [each["key"] for each in told(client.ask(f"{address}/sources"))["items"]] == [an_account(1)["Id"]]
    assert client.ask(f"{address}/versions/9").status_code == 404


def test_a_systems_own_key_finds_the_golden_record(hub: None) -> None:
    [golden] = accounts_in_hub(an_account(1))
    client = ApiClient("customer:read")

    response = client.ask(f"crosswalk/crm/customer/{an_account(1)['Id']}")

    assert told(response)["id"] == golden.public_id
    assert response.headers["Content-Location"] == f"/api/v1/customers/{golden.public_id}"
    assert client.ask("crosswalk/crm/customer/unknown").status_code == 404


def test_any_two_versions_are_compared_in_lines(hub: None) -> None:
    [golden] = accounts_in_hub(an_account(1))
    name = golden.document["attributes"]["name"]
    accounts_in_hub(an_account(1, Name="Nordwind Handel GmbH"))
    accounts_in_hub(an_account(1, Name="Nordwind Handel AG", Phone="+49 40 7654321"))
    client = ApiClient("customer:read")

    def lines(query: str) -> list[str]:
        return [each["line"] for each in told(client.ask(f"customers/{golden.public_id}/diff?{query}"))["items"]]

    assert lines("from=1&to=2") == [f"Name: {name} → Nordwind Handel GmbH"]
    assert lines("from=2&to=1") == [f"Name: Nordwind Handel GmbH → {name}"]
    assert lines("from=1&to=3")[0] == f"Name: {name} → Nordwind Handel AG"
    assert lines("from=1&to=1") == []


def test_a_comparison_needs_two_versions_that_are_there(hub: None) -> None:
    [golden] = accounts_in_hub(an_account(1))
    client = ApiClient("customer:read")

    asked = {query: client.ask(f"customers/{golden.public_id}/diff?{query}") for query in ("from=1", "from=1&to=x")}

    assert [response.status_code for response in asked.values()] == [400, 400]
    assert client.ask(f"customers/{golden.public_id}/diff?from=1&to=2").status_code == 404
    assert ApiClient("product:read").ask(f"customers/{golden.public_id}/diff?from=1&to=1").status_code == 403


def test_a_comparison_names_golden_records_of_other_types_only_to_who_may_read_them(hub: None) -> None:
    customers = accounts_in_hub(an_account(1), an_account(2))
    mapping = {**MAPPING, "attributes": {**MAPPING["attributes"], "customer": CUSTOMER}}
    put_mapping(SourceSystem.objects.get(name="crm"), mapping, actor=SYSTEM, at=NOON)
    for number in (1, 2):
        said = an_agreement(
            a_line("12.50"), cust=an_account(number)["Id"], scope="customer", modified=f"2026-01-0{number}T08:00:00Z"
        )
        load("crm", said, at=NOON + timedelta(hours=number), entity_type="pricing_agreement")
    agreement = golden_of_any("crm:A1", "pricing_agreement")
    address = f"pricing-agreements/{agreement.public_id}/diff?from=1&to={agreement.version}"

    blind = ApiClient("pricing_agreement:read").ask(address).content.decode()
    seeing = ApiClient("pricing_agreement:read", "customer:read").ask(address).content.decode()

    for customer in customers:
        assert customer.public_id in blind
        assert customer.title not in blind
        assert customer.title in seeing


def test_a_golden_record_is_told_as_it_was_known(hub: None) -> None:
    [golden] = accounts_in_hub(an_account(1))
    client = ApiClient("customer:read")

    for address in (f"customers/{golden.public_id}", f"crosswalk/crm/customer/{an_account(1)['Id']}"):
        assert told(client.ask(f"{address}?as_of=2026-03-02T12:00:00Z")) == golden.document
        assert client.ask(f"{address}?as_of=2026-03-02T11:59:59Z").status_code == 404
        assert client.ask(f"{address}?as_of=yesterday").status_code == 400


def test_search_before_create_finds_what_a_load_would_join(hub: None) -> None:
    golden = accounts_in_hub(*(an_account(number) for number in range(4)))[1]
    values = {key: golden.document["attributes"][key] for key in ("kind", "name", "address")}

    found = told(ApiClient("customer:read").send("customers/match", {"values": values}))["items"]

    assert found[0]["golden_id"] == golden.public_id
    assert found[0]["weight_bits"] == pytest.approx(
        sum(each["weight_bits"] for each in found[0]["explanation"]["attributes"])
    )


def _pages(client: ApiClient, address: str) -> list[list[Any]]:
    pages, token = [], ""
    while True:
        page = told(client.ask(address + (f"&cursor={token}" if token else "")))
        pages.append(page["items"])
        token = page["next"]
        if token is None:
            return pages
