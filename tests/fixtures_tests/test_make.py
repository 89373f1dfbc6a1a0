"""What the demo's data promises those who load it."""

import csv
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from stdnum import ean
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

from fixtures.make.broken import BREAKS
from fixtures.make.everything import make_everything

TRUTHS = {
    "truth_customer": ("accounts", "business_partners"),
    "truth_product": ("products", "materials"),
    "truth_location": ("ship_tos", "ship_to_parties"),
    "truth_pricing_agreement": ("contracts", "price_conditions"),
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set of extracts."""
    made = tmp_path_factory.mktemp("demo")
    make_everything(made, seed=11, scale=0.05)
    return made


def rows_of(folder: Path, extract: str) -> list[dict[str, Any]]:
    table = folder / f"{extract}.csv"
    if table.exists():
        with table.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    return [json.loads(line) for line in (folder / f"{extract}.jsonl").read_text(encoding="utf-8").splitlines()]


def sound_rows(folder: Path, extract: str) -> list[dict[str, Any]]:
    return rows_of(folder, extract)[: -len(BREAKS[extract][2])]


def pairs_of(folder: Path, truth: str) -> set[frozenset[str]]:
    with (folder / f"{truth}.csv").open(encoding="utf-8", newline="") as file:
        return {frozenset((row["id_l"], row["id_r"])) for row in csv.DictReader(file)}


def vat_numbers(folder: Path) -> Iterator[str]:
    yield from (row["VAT__c"] for row in sound_rows(folder, "accounts") if row["VAT__c"])
    yield from (row["TAXNUM"] for row in sound_rows(folder, "business_partners") if row["TAXNUM"])


def test_equal_seeds_write_equal_bytes(folder: Path, tmp_path: Path) -> None:
    make_everything(tmp_path, seed=11, scale=0.05)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_another_seed_makes_other_customers(folder: Path, tmp_path: Path) -> None:
    make_everything(tmp_path, seed=12, scale=0.05)

    assert (tmp_path / "accounts.jsonl").read_bytes() != (folder / "accounts.jsonl").read_bytes()


def test_the_sizes_follow_the_scale(folder: Path) -> None:
    counts = {extract: len(sound_rows(folder, extract)) for extract in BREAKS}

    assert counts == {
        "accounts": 150,
        "products": 91,
        "ship_tos": 125,
        "contracts": 15,
        "business_partners": 125,
        "materials": 91,
        "ship_to_parties": 110,
        "price_conditions": 17,
    }


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_truth_is_closed_and_names_records_that_exist(folder: Path, truth: str) -> None:
    crm, erp = TRUTHS[truth]
    known = {f"crm:{row[BREAKS[crm][0]]}" for row in sound_rows(folder, crm)}
    known |= {f"erp:{row[BREAKS[erp][0]]}" for row in sound_rows(folder, erp)}
    pairs = pairs_of(folder, truth)
    friends: dict[str, set[str]] = defaultdict(set)
    for left, right in map(sorted, pairs):
        friends[left].add(right)
        friends[right].add(left)

    assert pairs
    assert friends.keys() <= known
    for one, others in friends.items():
        assert all(friends[other] | {other} == others | {one} for other in others)


def test_vat_numbers_are_valid(folder: Path) -> None:
    numbers = list(vat_numbers(folder))

    assert len({number[:2] for number in numbers}) > 3
    assert [number for number in numbers if not (eu_vat.is_valid(number) or _british(number))] == []


def _british(number: str) -> bool:
    return number.startswith("GB") and gb_vat.is_valid(number)


def test_gtins_are_valid_except_the_broken_one(folder: Path) -> None:
    for extract, name in (("products", "GTIN__c"), ("materials", "EAN11")):
        sound = [row[name] for row in sound_rows(folder, extract) if row[name]]
        broken = [row[name] for row in rows_of(folder, extract)[len(sound_rows(folder, extract)) :] if row[name]]
        assert sound
        assert all(ean.is_valid(number) for number in sound)
        assert not all(ean.is_valid(number) for number in broken)


def test_references_lead_to_records_of_the_same_system(folder: Path) -> None:
    accounts = {row["Id"] for row in sound_rows(folder, "accounts")}
    partners = {row["BUSINESS_PARTNER"] for row in sound_rows(folder, "business_partners")}
    products = {row["Id"] for row in sound_rows(folder, "products")}
    materials = {row["MATNR"] for row in sound_rows(folder, "materials")}
    contracts, conditions = sound_rows(folder, "contracts"), sound_rows(folder, "price_conditions")

    assert {row["AccountId"] for row in sound_rows(folder, "ship_tos")} <= accounts
    assert {row["SOLD_TO"] for row in sound_rows(folder, "ship_to_parties")} <= partners
    assert {row["AccountId"] for row in contracts} <= accounts | {None}
    assert {row["Customer"] for row in conditions} <= partners | {""}
    assert {line["Product2Id"] for row in contracts for line in row["Lines"]} <= products | {None}
    items = [item for row in conditions for item in row["to_Items"]["results"]]
    assert {item["Material"] for item in items} <= materials | {""}


def test_lines_of_a_contract_do_not_overlap(folder: Path) -> None:
    for contract in sound_rows(folder, "contracts"):
        windows: dict[tuple[Any, ...], list[tuple[str, str]]] = defaultdict(list)
        for line in contract["Lines"]:
            scope = (line["Product2Id"], line["Family"], line["Brand"], line["Unit"])
            windows[scope].append((line["StartDate"], line["EndDate"] or "9999-12-31"))
        for spans in windows.values():
            ordered = sorted(spans)
            assert all(end < start for (_, end), (start, _) in itertools.pairwise(ordered))


def test_keys_are_unique_and_tell_apart_without_case(folder: Path) -> None:
    for extract, (key_name, _, _) in BREAKS.items():
        keys = [row[key_name] for row in sound_rows(folder, extract)]
        assert len({key.lower() for key in keys}) == len(keys)
        assert {len(key) for key in keys} <= {10, 18}


def test_the_summary_counts_the_trouble(folder: Path) -> None:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))

    assert summary["trouble"]["customer"]["legal_form_written_otherwise"] > 10
    assert summary["trouble"]["customer"]["other_script"] > 0
    assert summary["broken"]["materials"] == ["bad_gtin_check_digit", "missing_name", "bad_number", "missing_key"]
    assert summary["true_pairs"]["customer"] == len(pairs_of(folder, "truth_customer"))


DAY = date(2027, 3, 15)


@pytest.fixture(scope="session")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for a day in another year."""
    made = tmp_path_factory.mktemp("later")
    make_everything(made, seed=11, scale=0.3, on=DAY)
    return made


def last_days(rows: list[dict[str, Any]]) -> list[date]:
    return [date.fromisoformat(row["EndDate"]) for row in rows if row["EndDate"]]


def test_on_its_day_agreements_end_within_7_30_and_60_days_and_there_are_holes(later: Path) -> None:
    contracts = sound_rows(later, "contracts")
    left = [(day - DAY).days for day in last_days(contracts)]
    for first, last in ((0, 7), (8, 30), (31, 60)):
        assert any(first <= days <= last for days in left), (first, last)

    holes = []
    for contract in contracts:
        by_thing: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for line in contract["Lines"]:
            by_thing[line["Product2Id"], line["Family"], line["Brand"]].append(line)
        for lines in by_thing.values():
            ordered = sorted(lines, key=lambda line: line["StartDate"])
            holes += [
                date.fromisoformat(after["StartDate"])
                for before, after in itertools.pairwise(ordered)
                if (date.fromisoformat(after["StartDate"]) - date.fromisoformat(before["EndDate"])).days > 1
            ]
    assert [day for day in holes if day > DAY]


def test_most_agreements_hold_on_the_day_they_are_made_for(later: Path) -> None:
    contracts = sound_rows(later, "contracts")
    holding = [
        row
        for row in contracts
        if date.fromisoformat(row["StartDate"]) <= DAY and (not row["EndDate"] or row["EndDate"] >= DAY.isoformat())
    ]
    assert len(holding) > 0.75 * len(contracts)


def test_certificates_lapse_soon_in_companies_exempt_in_several_jurisdictions(later: Path) -> None:
    several = [row["Tax_Exemptions"] for row in sound_rows(later, "accounts") if len(row["Tax_Exemptions"]) > 1]
    assert several
    for certificates in several:
        assert len({each["Jurisdiction"] for each in certificates}) == len(certificates)
    ends = [date.fromisoformat(each["ValidTo"]) for certificates in several for each in certificates]
    assert any(0 <= (end - DAY).days <= 30 for end in ends)


def test_groups_have_three_levels_at_least_and_none_is_its_own_ancestor(later: Path) -> None:
    parents = {row["Id"]: row["ParentId"] for row in sound_rows(later, "accounts")}

    def depth(key: str | None, seen: tuple[str, ...] = ()) -> int:
        assert key not in seen
        return 0 if key is None else 1 + depth(parents.get(key), (*seen, key))

    assert max(depth(key) for key in parents) >= 4
    partners = {row["BUSINESS_PARTNER"]: row["BILL_TO"] for row in sound_rows(later, "business_partners")}
    assert any(partners.get(payer) for payer in partners.values() if payer)


def test_the_erp_tells_the_cost_of_most_materials_and_sells_above_it(later: Path) -> None:
    def amount(text: str) -> float:
        return float(text.replace(".", "").replace(",", "."))

    materials = sound_rows(later, "materials")
    told = [row for row in materials if row["STPRS"]]
    assert 0.9 < len(told) / len(materials) < 1
    assert all(amount(row["STPRS"]) < amount(row["LIST_PRICE"]) for row in told)
