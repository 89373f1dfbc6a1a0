"""The details of audit entries beside the commitments that the entries hold."""

import hmac
from collections.abc import Iterator

from mdm.commitments import commitment
from mdm.errors import HubError
from mdm.models import AuditDetail, AuditEntry
from mdm.selectors.audit_verification import Finding

_FETCHED = 2_000


class DetailCheck:
    """Recomputes the commitment of every detail there is. An erased one is no finding: its commitment stays."""

    def __init__(self, *, key: bytes, using: str = "default") -> None:
        self.details = 0
        self._key = key
        self._using = using

    def findings(self) -> Iterator[Finding]:
        """Details that are not what their entry committed to, in order of entry."""
        rows = (
            AuditDetail.objects.using(self._using)
            .order_by("entry_id")
            .values_list("entry_id", "values", "reason", "entry__commitment", "entry__seal_position")
        )
        for entry_id, values, reason, committed, position in rows.iterator(chunk_size=_FETCHED):
            self.details += 1
            if committed is None:
                yield Finding(position, entry_id, f"entry {entry_id} committed to no detail, but has one")
            elif not self._keeps(values, reason, bytes(committed)):
                yield Finding(position, entry_id, f"the detail of entry {entry_id} was changed")

    def erased(self) -> int:
        """Entries whose detail is gone."""
        entries = AuditEntry.objects.using(self._using)
        return entries.filter(commitment__isnull=False, detail__isnull=True).count()

    def _keeps(self, values: object, reason: str, committed: bytes) -> bool:
        try:
            return hmac.compare_digest(commitment(values, reason=reason, key=self._key), committed)
        except HubError:  # a value that was never written, since it has no canonical form
            return False
