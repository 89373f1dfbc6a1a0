"""Tax jurisdictions: their codes, what lies in what, and which one an address lies in.

A jurisdiction is a country of ISO 3166-1 (`US`), a part of one as ISO 3166-2 writes it (`US-TX`), with further parts
after further hyphens (`US-TX-DAL`), or the European Union (`EU`), in which its member states lie.
"""

import re

EUROPEAN_UNION = "EU"
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU_MEMBERS = frozenset(_MEMBERS.split())

# How tax authorities write what ISO writes otherwise. Northern Ireland has a code of its own for goods.
_ALIASES = {"EL": "GR", "UK": "GB", "XI": "GB-NIR"}
_REGION_CODE = re.compile(r"[A-Z0-9]{1,3}")
# Names of regions where taxes differ by region: addresses often spell them out.
_NAMES = {
    "US": """AL Alabama;AK Alaska;AZ Arizona;AR Arkansas;CA California;CO Colorado;CT Connecticut;DE Delaware
        DC District of Columbia;FL Florida;GA Georgia;HI Hawaii;ID Idaho;IL Illinois;IN Indiana;IA Iowa;KS Kansas
        KY Kentucky;LA Louisiana;ME Maine;MD Maryland;MA Massachusetts;MI Michigan;MN Minnesota;MS Mississippi
        MO Missouri;MT Montana;NE Nebraska;NV Nevada;NH New Hampshire;NJ New Jersey;NM New Mexico;NY New York
        NC North Carolina;ND North Dakota;OH Ohio;OK Oklahoma;OR Oregon;PA Pennsylvania;RI Rhode Island
        SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah;VT Vermont;VA Virginia;WA Washington
        WV West Virginia;WI Wisconsin;WY Wyoming""",
    "CA": """AB Alberta;BC British Columbia;MB Manitoba;NB New Brunswick;NL Newfoundland and Labrador
        NS Nova Scotia;NT Northwest Territories;NU Nunavut;ON Ontario;PE Prince Edward Island;QC Quebec
        SK Saskatchewan;YT Yukon""",
}
_REGIONS = {
    country: {
        name.strip().casefold(): code
        for code, _, name in (entry.strip().partition(" ") for line in table.splitlines() for entry in line.split(";"))
    }
    for country, table in _NAMES.items()
}


def jurisdiction_code(text: str) -> str:
    """The one spelling of a jurisdiction: capitals, and ISO's code where tax authorities have another."""
    head, hyphen, rest = text.strip().upper().partition("-")
    return _ALIASES.get(head, head) + hyphen + rest


def enclosing(jurisdiction: str) -> tuple[str, ...]:
    """The jurisdiction itself, then all that it lies in, outward: `FR-75` → `FR-75`, `FR`, `EU`."""
    parts = jurisdiction_code(jurisdiction).split("-")
    places = ["-".join(parts[:size]) for size in range(len(parts), 0, -1)]
    return (*places, EUROPEAN_UNION) if parts[0] in EU_MEMBERS else tuple(places)


def jurisdiction_of_address(country: str, region: str) -> str:
    """Where an address is taxed: its region where that is known by code or name, else its country; "" without one."""
    where = jurisdiction_code(country)
    if not where:
        return ""
    code = region.strip().upper().removeprefix(f"{where}-")
    named = _REGIONS.get(where)
    if named is None:  # of other countries no names are known here, and a code is believed
        return f"{where}-{code}" if _REGION_CODE.fullmatch(code) else where
    found = code if code in named.values() else named.get(region.strip().casefold())
    return f"{where}-{found}" if found else where
