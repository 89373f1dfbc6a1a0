"""`python -m tests.scenarios.page` writes docs/explanation/scenarios.md anew from the table."""

import os
from typing import TYPE_CHECKING

import django

from tests.docs.pages import DOCS

if TYPE_CHECKING:
    from tests.scenarios.table import Golden, Moment, Scenario

PAGE = DOCS / "explanation/scenarios.md"
HEAD = """# What happens when

Small histories of a few customers, each with what the hub says afterwards. Every one of them is a test; this page is
made from the table of tests by `python -m tests.scenarios.page`.

`crm:1` is the record with the key 1 in the CRM, `hub` what stewards edited. **A**, **B**, … stand for golden ids. The
rules are the shipped ones unless a scenario says otherwise: the CRM owns segment and website, nobody owns names,
addresses and phones, of which the CRM's are trusted more than the ERP's. A dash is a value that nobody tells.

"""


def rendered() -> str:
    """The page as the table would have it now."""
    from tests.scenarios.cases import CHAPTERS  # needs Django's apps, which `main` sets up
    from tests.scenarios.companies import COMPANIES

    parts = [HEAD, "| Company | Told as |\n|---|---|\n"]
    for company in COMPANIES:
        said = ", ".join(str(value) for value in company.fields.values() if value is not None)
        parts.append(f"| {company.known_as} | {said} |\n")
    for title, scenarios in CHAPTERS.items():
        parts.append(f"\n## {title}\n")
        parts += [_scenario(each) for each in scenarios]
    return "".join(parts)


def _scenario(scenario: "Scenario") -> str:
    text = f"\n### {scenario.title}\n"
    if scenario.note:
        text += f"\n{scenario.note}\n"
    return text + "".join(
        _moment(moment, word="Given" if number == 0 else "When") for number, moment in enumerate(scenario.moments)
    )


def _moment(moment: "Moment", *, word: str) -> str:
    steps = "".join(f"- {step}\n" for step in moment.when)
    attributes = sorted({name for each in moment.then for name in each.values or {}})
    head = "".join(f" | {name}" for name in attributes)
    table = f"| Golden | Source records{head} |\n|---|---{'|---' * len(attributes)}|\n"
    table += "".join(f"| {_cells(each, attributes)} |\n" for each in moment.then)
    asked = "".join(f"\nA steward is asked: {each}\n" for each in moment.asks)
    return f"\n{word}\n\n{steps}\nthen\n\n{table}{asked}"


def _cells(each: "Golden", attributes: list[str]) -> str:
    from tests.scenarios.table import shown

    if each.leads_to:
        cells = [f"**{each.name}**", f"merged, leads to **{each.leads_to}**", *("" for _ in attributes)]
    else:
        status = "" if each.status == "active" else f", {each.status}"
        holds = ", ".join(f"`{name}`" for name in each.holds.split())
        values = each.values or {}
        cells = [f"**{each.name}**{status}", holds]
        cells += [shown(values[name]) if name in values else "" for name in attributes]
    return " | ".join(cells)


def main() -> None:
    """Write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")
    django.setup()
    PAGE.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
