"""What would be sent if a golden record had other values: the rendering that sends, without sending."""

from collections.abc import Mapping, Sequence
from typing import Any

from mdm.models import GoldenRecord
from mdm.ports import Impact
from mdm.rules.ownership import ownership_of
from mdm.services.intake import current_mapping
from mdm.services.rule_sets import published_rules
from sync.models import Stream
from sync.outbound.knowledge import known_values, primary_keys
from sync.outbound.rendering import public_ids_in, render_version


class RenderedImpact:
    """Implements `mdm.ports.ImpactProvider`. Any: canonical JSON values."""

    def impact_of(self, golden_record: GoldenRecord, values: Mapping[str, Any]) -> Sequence[Impact]:
        """By target and key; target records that would stay as they are, are left out."""
        attributes = {**golden_record.document["attributes"], **values}
        document = {**golden_record.document, "attributes": attributes}
        streams = (
            Stream.objects.filter(golden_record=golden_record, ended_at=None)
            .select_related("target", "remote_record")
            .order_by("target__name", "remote_record__key")
        )
        found = [_impact_on(stream, document, entity_type=golden_record.entity_type) for stream in streams]
        return [impact for impact in found if impact.changes]


def _impact_on(stream: Stream, document: Mapping[str, Any], *, entity_type: str) -> Impact:
    remote = stream.remote_record
    rules = published_rules(entity_type)
    known = known_values([remote])[remote.pk] if remote else {}
    rendered = render_version(
        document,
        mapping=current_mapping(stream.target, entity_type)[1],
        attributes=rules.attributes,
        ownership=ownership_of(rules.document.ownership, document["attributes"]),
        remote_keys=primary_keys(public_ids_in(document["attributes"]), target_id=stream.target_id),
        sent=remote.sent if remote else {},
        creating=remote is None,
    )
    return Impact(
        target=stream.target.name,
        target_label=stream.target.label,
        remote_key=remote.key if remote else None,
        changes={name: (known.get(name), rendered.said[name]) for name in rendered.differing(known)},
        left_out=rendered.left_out,
    )
