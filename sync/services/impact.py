"""What would be sent if golden records had other values: the rendering that sends, without sending."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from mdm.entity_types import Attribute
from mdm.mapping.documents import SystemMapping
from mdm.models import GoldenRecord, RemoteRecord, SourceSystem
from mdm.ports import Impact, MovedKeys, Prospective
from mdm.rules.ownership import OwnershipRules, ownership_of
from mdm.services.intake import current_mapping
from mdm.services.rule_sets import published_rules
from sync.models import Stream
from sync.outbound.knowledge import known_values, primary_keys
from sync.outbound.rendering import public_ids_in, render_version
from sync.outbound.targets import creates, open_targets


class RenderedImpact:
    """Implements `mdm.ports.ImpactProvider`. Any: canonical JSON values."""

    def impact_of(self, golden_record: GoldenRecord, values: Mapping[str, Any]) -> Sequence[Impact]:
        """By target and key; target records that would stay as they are, are left out."""
        attributes = {**golden_record.document["attributes"], **values}
        streams = list(
            Stream.objects.filter(golden_record=golden_record, ended_at=None)
            .select_related("target", "remote_record")
            .order_by("target__name", "remote_record__key")
        )
        rules = published_rules(golden_record.entity_type)
        known = known_values(stream.remote_record for stream in streams if stream.remote_record is not None)
        found = [
            _impact_on(
                stream.target,
                stream.remote_record,
                attributes,
                mapping=current_mapping(stream.target, golden_record.entity_type)[1],
                known_attributes=rules.attributes,
                ownership=rules.document.ownership,
                keys=primary_keys(public_ids_in(attributes), target_id=stream.target_id),
                known=known,
            )
            for stream in streams
        ]
        return [impact for impact in found if impact.changes]

    def messages_of(
        self,
        records: Sequence[Prospective],
        *,
        entity_type: str,
        attributes: Sequence[Attribute],
        ownership: OwnershipRules,
        moved: MovedKeys,
    ) -> Sequence[tuple[str, Impact]]:
        """By record, target and key; where nothing would be said, nothing is sent."""
        targets = open_targets()
        known = known_values(remote for record in records for remote in record.remotes)
        spoken_of = set[str]().union(*(public_ids_in(record.attributes) for record in records))
        keys = {target.pk: _keys(spoken_of, moved, target_id=target.pk) for target in targets}
        mappings = cache(lambda target: current_mapping(target, entity_type)[1])
        return [
            (record.public_id, impact)
            for record in records
            for target in targets
            for remote in _places(record, target, entity_type)
            if (
                impact := _impact_on(
                    target,
                    remote,
                    record.attributes,
                    mapping=mappings(target),
                    known_attributes=attributes,
                    ownership=ownership,
                    keys=keys[target.pk],
                    known=known,
                )
            ).changes
        ]


def _places(record: Prospective, target: SourceSystem, entity_type: str) -> Iterator[RemoteRecord | None]:
    """The target's records of it, or None for one to be made there: as planning does for a new version."""
    remotes = sorted((each for each in record.remotes if each.target_id == target.pk), key=lambda each: each.key)
    yield from (remote for remote in remotes if remote.gone_at is None)
    if not remotes and creates(target, entity_type):
        yield None


def _keys(public_ids: set[str], moved: MovedKeys, *, target_id: int) -> dict[str, str]:
    told = moved.by_target.get(target_id, {})
    staying = primary_keys(public_ids - moved.concerned, target_id=target_id)
    return staying | {each: told[each] for each in public_ids & moved.concerned if each in told}


def _impact_on(
    target: SourceSystem,
    remote: RemoteRecord | None,
    values: Mapping[str, Any],
    *,
    mapping: SystemMapping,
    known_attributes: Sequence[Attribute],
    ownership: OwnershipRules,
    keys: Mapping[str, str],
    known: Mapping[int, Mapping[str, Any]],
) -> Impact:
    held = known[remote.pk] if remote else {}
    rendered = render_version(
        {"attributes": values},
        mapping=mapping,
        attributes=known_attributes,
        ownership=ownership_of(ownership, values),
        remote_keys=keys,
        sent=remote.sent if remote else {},
        creating=remote is None,
    )
    return Impact(
        target=target.name,
        target_label=target.label,
        remote_key=remote.key if remote else None,
        changes={name: (held.get(name), rendered.said[name]) for name in rendered.differing(held)},
        left_out=rendered.left_out,
    )
