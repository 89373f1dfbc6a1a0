"""`doctor unique-sources`: are the sources that matching takes to be free of duplicates still so?"""

from argparse import ArgumentParser
from typing import Any

from matching.unique_sources import MOST_REPEATS
from mdm.doctor.base import Diagnosis, checks, one_moment
from mdm.entity_types import in_settling_order
from mdm.entity_types.base import JsonValue
from mdm.selectors.repeats import SourceRepeats, source_repeats
from mdm.services.rule_sets import published_rules


@checks.register("unique-sources")
class UniqueSourcesCheck:
    summary = "are the source systems that matching takes to be free of duplicates still so?"

    def add_arguments(self, parser: ArgumentParser) -> None:
        pass

    def diagnose(self, options: dict[str, Any]) -> Diagnosis:
        lines: list[str] = []
        told: list[JsonValue] = []
        ailments: list[str] = []
        with one_moment():
            for kind in in_settling_order():
                rules = published_rules(kind.name)
                unique = rules.unique_sources
                for each in source_repeats(kind.name, unique.names, link_bits=unique.link_bits):
                    declared = each.system in rules.match_rules.unique_sources
                    lines.append(_line(kind.name, each, declared=declared))
                    told.append(
                        {
                            "entity_type": kind.name,
                            "system": each.system,
                            "declared": declared,
                            "source_records": each.source_records,
                            "joined": each.joined,
                            "doubtful": each.doubtful,
                        }
                    )
                    if each.share > MOST_REPEATS:
                        ailments.append(_ailment(kind.name, each, declared=declared))
        return Diagnosis(
            tuple(lines) or ("No source system is taken to be free of duplicates.",),
            {"sources": told, "ailments": list(ailments)},
            ailments[0] if ailments else None,
        )


def _line(entity_type: str, found: SourceRepeats, *, declared: bool) -> str:
    how = "declared" if declared else "found"
    return (
        f"{entity_type}: {found.system} is {how} to be free of duplicates; of {found.source_records:,} source records "
        f"{found.joined:,} pairs were joined by stewards, {found.doubtful:,} look repeated and wait for one."
    )


def _ailment(entity_type: str, found: SourceRepeats, *, declared: bool) -> str:
    remedy = (
        f"take it out of unique_sources in the {entity_type} rules"
        if declared
        else f"learn anew (manage.py rules learn {entity_type}), or name it under repeating_sources in the rules"
    )
    return f"{found.system} holds duplicates of {entity_type} records: {remedy}."
