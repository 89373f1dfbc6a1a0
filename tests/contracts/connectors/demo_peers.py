"""The demo's CRM and ERP as peers of the contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdm.models import SourceSystem
from sync.connectors.base import Record
from tests.contracts.connectors.faults import Call
from tests.sync.builders import PATHS
from tests.sync.processes import TOKEN, Target, write_seeds


class DemoPeer:
    """One of the demo's programs, empty at first."""

    entity_type = "customer"
    secret = TOKEN
    guards_edits = False
    batch = 1000

    def __init__(self, name: str, *, folder: Path, kind: str, deleted: tuple[str, str]) -> None:
        write_seeds(folder / "seeds", {})
        self._target = Target(name, folder=folder / name, seeds=folder / "seeds")
        self._name, self._kind, self._deleted = name, kind, deleted
        self.connector = f"rest_{name}"
        self.url = self._target.url

    def system(self, url: str, **settings: Any) -> SourceSystem:
        return SourceSystem(
            name=self._name,
            label=self._name.upper(),
            connector=self.connector,
            base_url=url,
            credentials_reference="TEST_TARGET_TOKEN",
            settings={"paths": PATHS[self._name], **settings},
        )

    def shows(self, record: Record, body: Record) -> bool:
        return all(record.get(name) == value for name, value in body.items())

    def is_write(self, call: Call) -> bool:
        return call.method != "GET"

    def delete(self, key: str) -> None:
        self._target.edit(self._kind, key, *self._deleted)

    def count(self) -> int:
        name, value = self._deleted
        wanted: Mapping[str, Any] = {"true": True}
        mark = wanted.get(value, value)
        return sum(record.get(name) != mark for record in self._target.records(self._kind))

    def end_sessions(self) -> bool:
        return False

    def stop(self) -> None:
        self._target.stop()


class CrmPeer(DemoPeer):
    guards_versions = True
    keeps_deleted = True
    describes = ("Id", "Name", "Website", "Golden_Id__c", "LastModifiedDate")

    def __init__(self, folder: Path) -> None:
        super().__init__("crm", folder=folder, kind="Account", deleted=("IsDeleted", "true"))

    def body(self, number: int) -> Record:
        return {"Name": f"Nordlicht {number} GmbH", "Website": f"https://nordlicht-{number}.example"}

    def changed(self, number: int) -> Record:
        return {**self.body(number), "Phone": f"+49 40 {number:07d}"}

    def refused(self) -> Record:
        return {"Name": "Nordlicht", "BillingCountryCode": "Germany"}

    def unknown(self) -> Record:
        return {"Name": "Nordlicht", "Shoe_Size__c": "44"}

    def edit(self, key: str) -> None:
        self._target.edit("Account", key, "Website", "https://edited.example")


class ErpPeer(DemoPeer):
    guards_versions = False
    keeps_deleted = True
    describes = ("BUSINESS_PARTNER", "NAME_ORG1", "URI_ADDR", "EXTERNAL_ID", "CHANGED_AT")

    def __init__(self, folder: Path) -> None:
        super().__init__("erp", folder=folder, kind="business_partners", deleted=("DELETION_FLAG", "X"))

    def body(self, number: int) -> Record:
        return {"NAME_ORG1": f"Nordlicht {number} GmbH", "URI_ADDR": f"https://nordlicht-{number}.example"}

    def changed(self, number: int) -> Record:
        return {**self.body(number), "TEL_NUMBER": f"+49 40 {number:07d}"}

    def refused(self) -> Record:
        return {"NAME_ORG1": "Nordlicht", "COUNTRY": "Germany"}

    def unknown(self) -> Record:
        return {"NAME_ORG1": "Nordlicht", "SHOE_SIZE": "44"}

    def edit(self, key: str) -> None:
        self._target.edit("business_partners", key, "URI_ADDR", "https://edited.example")
