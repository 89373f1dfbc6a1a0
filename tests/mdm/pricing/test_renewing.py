"""Laws of renewing an agreement's lines: no two meet, no day loses or gains a price unsaid, and it can be put back."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.entity_types.agreement_lines import days_of, line_days, line_item_key, lines_with_rivals, rival_key
from mdm.pricing import renewing
from mdm.pricing.renewing import Fate, Renewal, Rounding, renew
from mdm.pricing.undoing import put_back

FIRST = date(2026, 1, 1)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


numbers = st.integers(0, 40)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """An agreement whose lines share no day, for up to three things; some ends are open, some the agreement's."""
    lines = []
    for brand in draw(st.sets(st.sampled_from("XYZ"), min_size=1)):
        borders = sorted(draw(st.sets(numbers, min_size=2, max_size=6)))
        for start, end in zip(borders[::2], borders[1::2], strict=False):
            line: dict[str, Any] = {
                "brand": brand,
                "method": draw(st.sampled_from(["net", "percent_off"])),
                "value": str(draw(numbers)),
            }
            if draw(st.booleans()):
                line["breaks"] = [{"quantity_from": "10", "value": str(draw(numbers))}]
            last = end == borders[-1] and draw(st.booleans())
            first = start == borders[0] and draw(st.booleans())
            lines.append(
                line | ({} if first else {"valid_from": day(start)}) | ({} if last else {"valid_to": day(end)})
            )
    whole = {} if draw(st.booleans()) else {"valid_to": day(draw(numbers))}
    return {"lines": lines, "valid_from": day(0), **whole}


@st.composite
def renewals(draw: st.DrawFn) -> Renewal:
    begins, length = draw(numbers), draw(st.integers(0, 30))
    percent = Decimal(draw(st.sampled_from([-5, 0, 3])))
    return Renewal(begins=day(begins), ends=day(begins + length) if length else "", percent=percent)


def priced(document: Mapping[str, Any]) -> dict[tuple[str, int], tuple[str, ...]]:
    """What each thing costs on each day: value and breaks of the line that holds, in force as the agreement is."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for line in document["lines"]:
        days = line_days(document, line).within(days_of(document))
        for number in range(80):
            if days.start <= day(number) < days.end:
                assert (line["brand"], number) not in found
                found[line["brand"], number] = (line["value"], *(tier["value"] for tier in line.get("breaks", ())))
    return found


def after(document: Mapping[str, Any], renewal: Renewal) -> dict[str, Any]:
    keys = [line_item_key(line) for line in document["lines"]]
    return {**document, **renew(document, keys, renewal).values}


@given(documents(), renewals())
def test_no_two_lines_meet_after_a_renewal(document: dict[str, Any], renewal: Renewal) -> None:
    assert not [rival for _, _, rival in lines_with_rivals(document) if rival]
    assert not [rival for _, _, rival in lines_with_rivals(after(document, renewal)) if rival]


@given(documents(), renewals())
def test_before_it_begins_every_day_keeps_its_price_and_after_it_none_is_lost_unsaid(
    document: dict[str, Any], renewal: Renewal
) -> None:
    old, new = priced(document), priced(after(document, renewal))
    keys = [line_item_key(line) for line in document["lines"]]
    lost = {
        rival_key(next(line for line in document["lines"] if line_item_key(line) == each.line)).split("|")[0]
        for each in renew(document, keys, renewal).lines
        if each.loses
    }
    for (thing, number), price in old.items():
        if day(number) < renewal.begins:
            assert new[thing, number] == price
        elif f"brand:{thing}" not in lost:
            assert (thing, number) in new
    assert {key: price for key, price in new.items() if day(key[1]) < renewal.begins} == {
        key: price for key, price in old.items() if day(key[1]) < renewal.begins
    }


@given(documents(), renewals())
def test_lines_that_nobody_chose_price_the_same_days_as_before(document: dict[str, Any], renewal: Renewal) -> None:
    chosen = [line_item_key(line) for line in document["lines"] if line["brand"] == "X"]
    renewed = {**document, **renew(document, chosen, renewal).values}
    rest = {key: price for key, price in priced(document).items() if key[0] != "X"}
    assert {key: price for key, price in priced(renewed).items() if key[0] != "X"} == rest


@given(documents(), renewals())
def test_putting_back_restores_what_was_in_any_order_of_lines(document: dict[str, Any], renewal: Renewal) -> None:
    renewed = after(document, renewal)
    for now in (renewed, {**renewed, "lines": renewed["lines"][::-1]}):
        back = {**now, **put_back(document, renewed, now).values}
        assert put_back(document, renewed, now).kept == ()
        assert sorted(back["lines"], key=str) == sorted(document["lines"], key=str)
        assert back.get("valid_to") == document.get("valid_to")


@given(documents(), renewals(), numbers, st.data())
def test_putting_back_leaves_what_was_edited_since_and_lets_nothing_meet(
    document: dict[str, Any], renewal: Renewal, value: int, data: st.DataObject
) -> None:
    renewed = after(document, renewal)
    place = data.draw(st.integers(0, len(renewed["lines"]) - 1))
    edited = {**renewed["lines"][place], "value": f"{value}.77"}
    now = {**renewed, "lines": [*renewed["lines"][:place], edited, *renewed["lines"][place + 1 :]]}

    back = {**now, **put_back(document, renewed, now).values}

    assert edited in back["lines"] or edited["value"] in {line["value"] for line in back["lines"]}
    assert not [rival for _, _, rival in lines_with_rivals(back) if rival]


def test_without_the_look_at_rivals_two_lines_would_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {
        "lines": [
            {"brand": "X", "method": "net", "value": "1", "valid_from": day(0), "valid_to": day(9)},
            {"brand": "X", "method": "net", "value": "2", "valid_from": day(20), "valid_to": day(30)},
        ]
    }
    renewal = Renewal(begins=day(9), ends=day(25), percent=Decimal(3))
    assert [each.fate for each in renew(document, [line_item_key(document["lines"][0])], renewal).lines] == [
        Fate.PRICED_ALREADY
    ]
    nobody: Callable[..., str] = lambda *_: ""  # noqa: E731
    monkeypatch.setattr(renewing, "_rival", nobody)
    assert [rival for _, _, rival in lines_with_rivals(after(document, renewal)) if rival]


@pytest.mark.parametrize(
    ("value", "step", "rounding", "becomes"),
    [
        ("9.99", "0.01", Rounding.NEAREST, "10.29"),
        ("9.99", "0.05", Rounding.UP, "10.3"),
        ("9.99", "0.05", Rounding.DOWN, "10.25"),
        ("9.99", "1", Rounding.NEAREST, "10"),
        ("0.005", "0.01", Rounding.NEAREST, "0.01"),
        ("100", "0.01", Rounding.UP, "103"),
    ],
)
def test_new_prices_are_multiples_of_the_step(value: str, step: str, rounding: Rounding, becomes: str) -> None:
    renewal = Renewal(begins=day(0), percent=Decimal(3), step=Decimal(step), rounding=rounding)
    assert renewal.price(Decimal(value)) == Decimal(becomes)
