"""What the hub should say, made again from nothing but accepted values, decisions, pins, rules and the time."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from mdm.models import BlockingKey, CandidatePair, SourceRecord
from mdm.selectors.references import resolved_targets, targets_of
from mdm.selectors.tax_verdicts import verdicts_of
from mdm.selectors.told_records import told_records
from mdm.services.candidates import rescore, vetoed_among
from mdm.services.clusters import partition_without_vetoes
from mdm.services.components import locked_component
from mdm.services.pins import open_pins
from mdm.services.reassignments import open_reassignments
from mdm.services.rule_sets import published_rules
from mdm.services.surviving import status_of, survival_of
from tests.builders import Group, groups, renamed


def made_again(*, at: datetime) -> dict[Group, Any]:
    """Source records that belong together → status and values, as `golden_values` tells them.

    Keys and pairs are made anew, clusters from them, values from the clusters; the hub stays as it was.
    """
    with transaction.atomic():
        found = _made_again(at=at)
        transaction.set_rollback(True)
    return found


def _made_again(*, at: datetime) -> dict[Group, Any]:
    rules = published_rules("customer")
    everyone = list(SourceRecord.objects.filter(entity_type="customer").order_by("pk").values_list("pk", flat=True))
    told = list(SourceRecord.objects.filter(pk__in=everyone).exclude(source_system__name="hub"))
    CandidatePair.objects.all().delete()
    BlockingKey.objects.all().delete()
    rescore(sorted(record.pk for record in told), rules=rules, at=at)
    members = groups()
    found: dict[Group, Any] = {}
    evidence = locked_component(everyone).evidence
    for cluster in partition_without_vetoes(evidence, rules, partial(vetoed_among, rules=rules))[0]:
        sources = told_records(SourceRecord.objects.filter(pk__in=cluster).order_by("pk"))
        pins = [pin for pins in open_pins(list(cluster)).values() for pin in pins]
        resolved, reassigned = resolved_targets(targets_of(list(cluster))), open_reassignments(list(cluster))
        verdicts = verdicts_of(sources, pins)
        survival = survival_of(sources, resolved, rules, reassigned, pins=pins, verdicts=verdicts, at=at)
        found[frozenset(each.name for each in sources)] = (
            str(status_of(sources)),
            renamed(dict(survival.document), members),
        )
    return found
