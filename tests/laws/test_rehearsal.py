"""A rehearsal foretells what publishing and settling then do, and touches nothing."""

from dataclasses import replace
from hashlib import sha256

import pytest
from django.apps import apps
from django.db import connection
from django.db.utils import InternalError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from mdm.actors import SYSTEM
from mdm.errors import AlreadyDecided, ContradictsDecision
from mdm.evidence import Evidence
from mdm.models import SourceSystem
from mdm.services.decisions import keep_apart, merge_pair
from mdm.services.rehearsal import rehearse
from mdm.services.rehearsal.standing import evidence_without_pairs
from mdm.services.snapshot import read_only_snapshot
from tests.builders import STEWARD, Clock, a_hub, crosswalk, load, passing, source_record, the_same_customer
from tests.laws.foretelling import CHANGES, LOOSER, drafted, foretold, happened
from tests.laws.observed import load_all
from tests.laws.universe import LAWS, universes

# What keeping a rehearsal writes, by its last step.
KEPT = {"mdm_rehearsal", "mdm_ruleset", "mdm_auditentry"}


def decide(data: st.DataObject, clock: Clock) -> None:
    """A steward says of some two records that they are, or are not, the same."""
    names = sorted(crosswalk())
    for _ in range(data.draw(st.integers(0, 2))):
        left, right = data.draw(st.permutations(names))[:2]
        say = data.draw(st.sampled_from([merge_pair, keep_apart]))
        ids = source_record(left).pk, source_record(right).pk
        try:
            say(*ids, actor=STEWARD, at=clock(), reason="Asked by telephone")
        except (AlreadyDecided, ContradictsDecision):
            continue


@pytest.mark.django_db
@pytest.mark.parametrize("repartition", ["auto", "review"])
@LAWS
@given(data=st.data())
def test_what_is_foretold_comes_to_pass(hub: None, settings: Settings, repartition: str, data: st.DataObject) -> None:
    settings.ASSAY_AUTO_REPARTITION = repartition
    with passing() as clock:
        load_all([data.draw(universes())], clock)
        decide(data, clock)
        draft = drafted(data.draw(CHANGES), clock)

        assert foretold(draft, clock) == happened(draft, clock)


@pytest.mark.django_db
def test_without_decisions_the_forecast_would_be_wrong(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a rehearsal that forgets what stewards decided foretells a join that does not come."""

    def forgetful(entity_type: str) -> Evidence:
        return replace(evidence_without_pairs(entity_type), must_links=(), cannot_links=())

    monkeypatch.setattr("mdm.services.rehearsal.running.evidence_without_pairs", forgetful)
    with passing() as clock:
        load("crm", the_same_customer("1"), the_same_customer("2"), at=clock())
        keep_apart(*(source_record(f"crm:{key}").pk for key in "12"), actor=STEWARD, at=clock())
        draft = drafted(LOOSER, clock)

        assert foretold(draft, clock).joined != happened(draft, clock).joined


@pytest.mark.django_db(transaction=True)
def test_a_rehearsal_changes_no_row_but_its_own() -> None:
    a_hub()
    clock = Clock()
    load("crm", the_same_customer("1"), the_same_customer("2"), at=clock())
    load("erp", the_same_customer("1", name="NORDLICHT HANDEL", phone=None), at=clock())
    draft = drafted(LOOSER, clock)
    before = fingerprints()

    rehearse("customer", draft.number, actor=SYSTEM, clock=clock)

    after = fingerprints()
    assert {table for table in before if before[table] != after[table]} == KEPT


@pytest.mark.django_db(transaction=True)
def test_nothing_can_be_written_through_the_snapshot() -> None:
    a_hub()
    with pytest.raises(InternalError, match="read-only transaction"), read_only_snapshot():
        SourceSystem.objects.update(label="Other")
    with read_only_snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("repeatable read",)
    SourceSystem.objects.update(label="Other")


def fingerprints() -> dict[str, str]:
    """A hash of all rows of every table."""
    found = {}
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        for table in sorted(tables & set(connection.introspection.table_names(cursor))):
            cursor.execute(f'SELECT each::text FROM "{table}" AS each ORDER BY 1')
            found[table] = sha256("\n".join(row[0] for row in cursor.fetchall()).encode()).hexdigest()
    return found
