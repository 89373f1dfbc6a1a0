"""What the database refuses to the hub's own role, whatever temporary tables a session makes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from mdm.actors import SYSTEM
from mdm.models import Approval, BlockingKey, ChangePart, RuleSet
from mdm.services.change_requests import propose_change
from mdm.services.rule_set_versions import ensure_rule_sets, publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import NOON, STEWARD, Clock, a_customer, a_hub, golden_of, load, source_record

PATH = "search_path=pg_catalog, public, pg_temp"


@pytest.fixture
def part(db: None) -> ChangePart:
    """A name that waits for consent."""
    a_hub()
    load("crm", a_customer("1", name="Before"), at=Clock()())
    request = propose_change(golden_of("crm:1"), {"name": "After"}, reason="", actor=STEWARD, at=NOON)
    return request.parts.get()


@contextmanager
def refused(message: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=message), transaction.atomic():
        yield


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.django_db
def test_every_function_says_where_it_looks() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT proname, proconfig FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
            """
        )
        found = dict(cursor.fetchall())

    assert {"mdm_is_erasing", "mdm_refuse_without_consent", "mdm_refuse_half_a_version"} <= found.keys()
    assert {name for name, settings in found.items() if settings != [PATH]} == set()


@pytest.mark.django_db
def test_temporary_approvals_are_no_consent(part: ChangePart) -> None:
    with refused("consent is missing"):
        run(
            "CREATE TEMP TABLE mdm_approval AS SELECT id AS part_id, payload_hash FROM mdm_changepart",
            "UPDATE mdm_changepart SET state = 'applied'",
        )


@pytest.mark.django_db
def test_a_temporary_golden_record_makes_nobody_an_eraser(part: ChangePart) -> None:
    with refused("edit needs the next revision"):
        run(
            "CREATE TEMP TABLE mdm_goldenrecord (id int)",
            "SELECT set_config('assay.erasing', 'on', true)",
            "UPDATE mdm_changepart SET state = 'applied', value = '\"Other\"'",
        )


@pytest.mark.django_db
def test_the_proposer_is_looked_up_in_the_table_itself(part: ChangePart) -> None:
    with refused("approver is proposer or last editor"):
        run(
            "CREATE TEMP TABLE mdm_changerequest AS SELECT id, 'nobody'::text AS proposed_by FROM mdm_changerequest",
            "CREATE TEMP TABLE mdm_changepart AS SELECT * FROM mdm_changepart",
            "UPDATE pg_temp.mdm_changepart SET edited_by = 'nobody'",
            "INSERT INTO public.mdm_approval (part_id, payload_hash, place, approved_by, approved_at, reason)"
            " SELECT id, payload_hash, 0, edited_by, now(), '' FROM public.mdm_changepart",
        )
    assert not Approval.objects.exists()


@pytest.mark.django_db
def test_rules_once_written_stay() -> None:
    ensure_rule_sets(actor=SYSTEM, at=NOON)
    in_force = RuleSet.objects.filter(entity_type="customer")

    with refused("a version never changes"):
        in_force.update(approval={})
    with refused("no draft again"):
        in_force.update(state="draft")
    with refused("who published it"):
        in_force.update(published_by="somebody")

    document = published_rules("customer").document.to_document()
    publish_rule_set("customer", {**document, "approval": {}}, model=None, actor=SYSTEM, at=NOON)
    assert list(in_force.order_by("number").values_list("state", flat=True)) == ["superseded", "published"]


@pytest.mark.django_db
def test_a_blocking_key_is_of_a_source_record(part: ChangePart) -> None:
    known = source_record("crm:1").pk
    BlockingKey.objects.bulk_create([BlockingKey(source_record_id=known, section=1, key_hash=key) for key in (1, 2)])

    keys = [BlockingKey(source_record_id=pk, section=2, key_hash=3) for pk in (known, known + 1)]
    with refused("of no source record"):
        BlockingKey.objects.bulk_create(keys)
    with refused("mdm_blockingkey_pkey"):
        BlockingKey.objects.bulk_create([BlockingKey(source_record_id=known, section=1, key_hash=2)])
    assert not BlockingKey.objects.filter(section=2).exists()
