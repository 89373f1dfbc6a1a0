"""`doctor audit`: are the audit entries those that were sealed?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings

from mdm.audit_chain import Head, NotAHead, SealKey
from mdm.doctor.base import Diagnosis, checks, one_moment
from mdm.entity_types.base import JsonValue
from mdm.files import UnreadableFile
from mdm.selectors.audit_details import DetailCheck
from mdm.selectors.audit_entries import count_not_sealed
from mdm.selectors.audit_verification import ChainCheck, Finding

SHOWN = 10


@dataclass(slots=True)
class _Findings:
    """The first few, and how many there were: a hub with a million broken entries is told of as well."""

    count: int = 0
    first: list[Finding] = field(default_factory=list)

    def take(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.count += 1
            if len(self.first) < SHOWN:
                self.first.append(finding)


@checks.register("audit")
class AuditCheck:
    summary = "are the audit entries those that were sealed? Names the first that is not"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="a head exported earlier, which the chain must still contain; may be given several times",
        )
        parser.add_argument(
            "--export-head",
            type=Path,
            metavar="FILE",
            help="when all is well, write the present head to keep elsewhere",
        )
        parser.add_argument(
            "--details", action="store_true", help="compare each detail with its entry's commitment too; slower"
        )

    def diagnose(self, options: dict[str, Any]) -> Diagnosis:
        secret = settings.ASSAY_COMMITMENT_KEY.encode()
        check = ChainCheck(key=SealKey(secret), heads=[_read(file) for file in options["head"]])
        details = DetailCheck(key=secret) if options["details"] else None
        found, started = _Findings(), monotonic()
        with one_moment():
            found.take(check.findings())
            seconds = monotonic() - started
            found.take(details.findings() if details else ())
            erased = details.erased() if details else 0
            not_sealed = count_not_sealed(using="default")
        lines = [_summary(check, seconds), f"{not_sealed:,} entries are not sealed yet."]
        if details:
            lines.append(f"{details.details:,} details compared with their commitments; {erased:,} are erased.")
        if options["export_head"] and not found.count:
            lines.append(_export(check.head, options["export_head"]))
        return Diagnosis(
            lines=tuple(chain(lines, _told(found))),
            document=_document(check, found, seconds=seconds, not_sealed=not_sealed)
            | ({"details": details.details, "details_erased": erased} if details else {}),
            ailment=str(found.first[0]) if found.first else None,
        )


def _summary(check: ChainCheck, seconds: float) -> str:
    rate = check.entries / seconds if seconds else 0
    head = f"; the head is at {check.head.position}, {check.head.hash.hex()}" if check.head else ""
    return f"{check.entries:,} entries under {check.seals:,} seals compared in {seconds:.1f} s ({rate:,.0f}/s){head}."


def _told(found: _Findings) -> list[str]:
    more = found.count - len(found.first)
    return [f"BROKEN {finding}" for finding in found.first] + ([f"... and {more:,} more"] if more else [])


def _document(check: ChainCheck, found: _Findings, *, seconds: float, not_sealed: int) -> dict[str, JsonValue]:
    return {
        "sound": not found.count,
        "entries": check.entries,
        "seals": check.seals,
        "not_sealed": not_sealed,
        "seconds": f"{seconds:.3f}",
        "head": check.head.to_document() if check.head else None,
        "broken": found.count,
        "first_broken": [
            {"position": finding.position, "entry_id": finding.entry_id, "what": finding.what}
            for finding in found.first
        ],
    }


def _read(file: Path) -> Head:
    try:
        return Head.from_document(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{file} cannot be read as a head: {type(error).__name__}.") from error


def _export(head: Head | None, file: Path) -> str:
    """Written beside and moved into place: a head that is there already is never lost half-way."""
    if head is None:
        raise NotAHead("Nothing is sealed yet, so there is no head to export.")
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(json.dumps(head.to_document(), indent=2) + "\n", encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise UnreadableFile(f"{file} cannot be written: {type(error).__name__}.") from error
    return f"The head is written to {file}."
