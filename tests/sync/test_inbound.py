"""Reading other systems: nothing skipped, nothing twice, drift found."""

from django.db import connection

from mdm.actors import SYSTEM
from mdm.models import SourceRecord
from sync.inbound.pulling import pull
from sync.inbound.reconciling import reconcile
from sync.locks import lock_key
from sync.models import Checkpoint, PullRun
from tests.sync.builders import (
    ACCOUNT,
    PARTNER,
    World,
    a_shared_customer,
    account,
    connect,
    partner,
    publish_customer_rules,
)
from tests.sync.processes import Target, write_seeds


def test_a_page_and_its_checkpoint_stand_together_and_none_is_skipped(world: World) -> None:
    world.crm.stop()
    folder = world.crm._data.parent
    # Five accounts changed in one millisecond, read two a page: time alone would not tell where a page ended.
    rows = [account(Id=f"001Qy00000AAA{n}1AAA", Name=f"Company {n}") for n in range(5)]
    write_seeds(folder / "more", {"Account": rows, "business_partners": [partner()]})
    world.crm = Target("crm", folder=folder / "crm2", seeds=folder / "more")
    publish_customer_rules(world)
    system = connect(world, "crm", page_size=2)

    run = pull(system, "customer", actor=SYSTEM, clock=world.clock, settle=False)

    assert run is not None
    assert (run.received, run.new, run.error) == (5, 5, "")
    assert SourceRecord.objects.count() == 5
    assert Checkpoint.objects.get().token["after_key"] == rows[-1]["Id"]


def test_a_change_within_the_overlap_is_read_again_and_changes_nothing(world: World) -> None:
    a_shared_customer(world)
    world.crm.edit("Account", ACCOUNT, "Industry", "Retail")
    world.pull("crm")
    world.pull("crm")

    newest = PullRun.objects.filter(system__name="crm").latest("pk")

    assert newest.received == newest.unchanged == 1


def test_an_unreachable_system_is_an_error_of_the_run(world: World) -> None:
    a_shared_customer(world)
    world.crm.fault(status=503, count=1)

    run = pull(world.system("crm"), "customer", actor=SYSTEM, clock=world.clock)

    assert run is not None
    assert run.error.startswith("transient")


def test_two_pulls_of_one_system_do_not_overlap(world: World) -> None:
    a_shared_customer(world)
    other = connection.copy()
    with other.cursor() as cursor:  # a session of its own: a session may take its own lock twice
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", lock_key("pull crm customer"))

    assert pull(world.system("crm"), "customer", actor=SYSTEM, clock=world.clock) is None
    with other.cursor() as cursor:  # a server notices a session that is only closed some moments later
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()
    assert pull(world.system("crm"), "customer", actor=SYSTEM, clock=world.clock) is not None


def test_a_record_made_by_us_comes_back_to_its_golden_record(world: World) -> None:
    a_shared_customer(world)
    connect(world, "crm", creates=["customer"])
    world.erp._http.post(
        "/api/business_partners",
        json={"BP_CATEGORY": "2", "NAME_ORG1": "Suedwind Logistik", "CITY1": "Athens", "COUNTRY": "GRC"},
    ).raise_for_status()
    world.pull("erp")
    world.relay()
    made = SourceRecord.objects.exclude(key=PARTNER).get(source_system__name="erp")
    golden = world.golden("erp", made.key)

    world.pull("crm")

    remote = golden.remote_records.get(target__name="crm")
    assert world.crm.record("Account", remote.key)["Golden_Id__c"] == golden.public_id
    assert world.golden("crm", remote.key).pk == golden.pk
    assert world.golden("crm", remote.key).document["attributes"]["name"] == "Suedwind Logistik"
    versions = golden.history.count()
    world.settle()
    assert golden.history.count() == versions
    assert world.crm.count("Account") == 2


def test_drift_is_reported_and_sent_again(world: World) -> None:
    a_shared_customer(world)
    world.crm.edit("Account", ACCOUNT, "Website", "https://new.example")
    world.settle()
    world.erp.edit("business_partners", PARTNER, "URI_ADDR", "https://tampered.example")

    run = reconcile(world.system("erp"), "customer", actor=SYSTEM, clock=world.clock)
    world.relay()

    assert run is not None
    assert (run.compared, run.differing, run.missing, run.extra, run.requeued) == (1, 1, 0, 0, 1)
    assert run.drift == [{"key": PARTNER, "kind": "differing", "attributes": ["website"]}]
    assert world.erp.record("business_partners", PARTNER)["URI_ADDR"] == "https://new.example"


def test_nothing_tampered_with_nothing_reported(world: World) -> None:
    a_shared_customer(world)

    run = reconcile(world.system("erp"), "customer", actor=SYSTEM, clock=world.clock)

    assert run is not None
    assert (run.compared, run.differing, run.missing, run.extra, run.waiting) == (1, 0, 0, 0, 0)


def test_drift_at_a_target_with_version_guards_is_repaired_too(world: World) -> None:
    a_shared_customer(world)
    world.erp.edit("business_partners", PARTNER, "PRICE_GROUP", "G1")
    world.settle()
    world.crm.edit("Account", ACCOUNT, "Price_Class__c", "Bronze")

    reconcile(world.system("crm"), "customer", actor=SYSTEM, clock=world.clock)
    world.relay()

    assert world.crm.record("Account", ACCOUNT)["Price_Class__c"] == "Gold"
