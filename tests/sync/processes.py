"""The demo's CRM and ERP as real processes on free ports, with faults on request and their own log of writes."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from mdm.project.supervisor.places import ROOT
from tests.targets.crm_objects import CRM_OBJECTS
from tests.targets.erp_objects import ERP_OBJECTS

TOKEN = "only-for-tests"


@dataclass(frozen=True, slots=True)
class Write:
    """One line of a target's request log."""

    key: str
    sender: str
    hub_version: int | None
    idempotency_key: str | None
    status: int
    outcome: str


class Target:
    """One running target. `name` is `crm` or `erp`."""

    def __init__(self, name: str, *, folder: Path, seeds: Path) -> None:
        self.name = name
        self._data = folder
        environment = {**os.environ, "TARGET_TOKEN": TOKEN, "TARGET_FAULTS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.targets.{name}", "--port", "0", "--data", folder, "--seed-from", seeds],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1].rstrip("/")
        self._http = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)

    def edit(self, kind: str, key: str, field: str, value: str) -> None:
        """Change one field as a person there would."""
        place = self._http.post(f"/{kind}/{key}/edit", data={"field": field, "value": value}).headers["Location"]
        assert place.endswith("saved")

    def fault(self, **wanted: Any) -> None:
        """Have the next calls go wrong: `status`, `retry_after`, `cut_after_apply`, `delay_seconds`, `count`."""
        self._http.post("/_test/fault", json=wanted).raise_for_status()

    def record(self, kind: str, key: str) -> dict[str, Any]:
        """What it holds."""
        return dict(json.loads(self._rows("SELECT body FROM records WHERE object = ? AND key = ?", kind, key)[0][0]))

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Everything of that kind that it holds."""
        return [json.loads(body) for (body,) in self._rows("SELECT body FROM records WHERE object = ?", kind)]

    def count(self, kind: str) -> int:
        return int(self._rows("SELECT count(*) FROM records WHERE object = ?", kind)[0][0])

    def writes(self, key: str | None = None) -> list[Write]:
        """Its request log, oldest first: the ground truth of what arrived."""
        rows = self._rows(
            "SELECT key, sender, hub_version, idempotency_key, status, outcome FROM requests ORDER BY number"
        )
        return [w for w in (Write(*row) for row in rows) if w.sender == "hub" and key in (None, w.key)]

    def versions_applied(self, key: str) -> list[int | None]:
        return [write.hub_version for write in self.writes(key) if write.outcome == "applied"]

    def stop(self) -> None:
        self._http.close()
        self._process.terminate()
        self._process.wait(timeout=10)
        if self._process.stdout:
            self._process.stdout.close()

    def _rows(self, query: str, *values: str) -> list[Any]:
        with sqlite3.connect(self._data / f"{self.name}.sqlite3") as connection:
            return connection.execute(query, values).fetchall()


def write_seeds(folder: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """The extracts that targets start with: rows by kind, everything else empty."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in (*CRM_OBJECTS.values(), *ERP_OBJECTS.values()):
        full = [{**kind.new_row(), **row} for row in rows.get(kind.name, ())]
        with (folder / kind.extract).open("w", encoding="utf-8", newline="") as file:
            if kind.extract.endswith(".csv"):
                writer = csv.DictWriter(file, fieldnames=kind.fields, lineterminator="\n")
                writer.writeheader()
                writer.writerows(full)
            else:
                file.writelines(json.dumps(row) + "\n" for row in full)
