"""A new mapping reads what is there already."""

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from mdm.models import QuarantineEntry, SourcePayload
from tests.builders import Clock, customer_mapping, golden_of, load, source_record, the_same_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(hub: None) -> Clock:
    clock = Clock()
    load("crm", the_same_customer("1", modified=None, class_="A"), the_same_customer("2", gone=True), at=clock())
    return clock


def remap(folder: Path, **attributes: object) -> None:
    file = folder / "crm.yaml"
    file.write_text(yaml.safe_dump(customer_mapping("crm", **attributes)), encoding="utf-8")
    call_command("remap", "crm", "customer", "--mapping", str(file))


def test_what_is_kept_is_read_again_and_is_no_newer(
    clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = source_record("crm:1")

    remap(tmp_path, price_class="class_")
    remap(tmp_path, price_class="class_")

    after = source_record("crm:1")
    assert after.received_at == before.received_at
    assert not SourcePayload.objects.exists()
    assert golden_of("crm:1").document["attributes"]["price_class"] == "A"
    assert capsys.readouterr().out.splitlines() == [
        "1 read again, 0 quarantined, 1 golden versions",
        "0 read again, 0 quarantined, 0 golden versions",
    ]


def test_what_the_new_mapping_refuses_is_quarantined_and_keeps_what_it_said(clock: Clock, tmp_path: Path) -> None:
    remap(tmp_path, date_of_birth="class_")

    assert [each.problems[0]["pointer"] for each in QuarantineEntry.objects.all()] == ["/date_of_birth"]
    assert golden_of("crm:1").version == 1
