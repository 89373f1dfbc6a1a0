"""A quarantined payload as a person may read it."""

from typing import Any

from mdm.mapping.documents import read
from mdm.mapping.parsing import parse_mapping
from mdm.masking import hidden, national_ids_in
from mdm.models import QuarantineEntry


def readable_payload(entry: QuarantineEntry) -> Any:  # any system's JSON
    """The payload, with those national ids masked that the mapping could read out of it."""
    mapping = entry.mapping
    told = read(parse_mapping(mapping.document), entry.payload).values if mapping is not None else {}
    return hidden(entry.payload, national_ids_in(told))
