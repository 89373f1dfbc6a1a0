"""Differences told in a fixed order: groups, tasks, then values with the messages and prices that follow from them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mdm.entity_types import coded_attributes, entity_types
from mdm.models import CrosswalkEntry, GoldenStatus, SourceRecord
from mdm.ports import Impact, Prospective, impact
from mdm.references import Target
from mdm.selectors.references import dependent_source_records
from mdm.services.clusters import HeldPart
from mdm.services.rehearsal.differences import Difference, Kind, Tally
from mdm.services.rehearsal.prices import price_changes
from mdm.services.rehearsal.prospects import Prospect, prospects
from mdm.services.rehearsal.regrouping import Regrouping
from mdm.services.rehearsal.remotes import RemoteHomes, remote_homes
from mdm.services.rule_sets import PublishedRules, published_rules

PRICED, LINES = "pricing_agreement", "lines"
ASKED_AT_ONCE = 5_000


@dataclass(slots=True)
class Telling:
    """Compares what is with what would be. `changed` counts golden records that would say something else."""

    tally: Tally
    grouping: Regrouping
    names: Mapping[int, str]
    changed: int = 0
    _remotes: RemoteHomes | None = None

    def golden_records(self) -> dict[str, int]:
        """How many there are and would be, and how many of them new."""
        homes = set(self.grouping.home_of.values())
        before = set(self.grouping.placed.values())
        return {"before": len(before), "after": len(homes), "new": len(homes - before)}

    def of_groups(self) -> None:
        """What would be joined and split."""
        called, members = self.grouping.called, self.grouping.members()
        for home, goldens in self.grouping.joined():
            ids = tuple(map(called, goldens))
            self.tally.add(Difference(Kind.JOINED, ids, self._named(members[home]), old=list(ids), new=[called(home)]))
        held: dict[int, list[int]] = defaultdict(list)
        for record, golden in sorted(self.grouping.placed.items()):
            held[golden].append(record)
        for golden, homes in self.grouping.split():
            new = {called(home): self._named(r for r in members[home] if r in held[golden]) for home in homes}
            self.tally.add(
                Difference(Kind.SPLIT, (called(golden),), self._named(held[golden]), old=[called(golden)], new=new)
            )

    def of_held(self, held: Sequence[HeldPart]) -> None:
        """What a steward would have to confirm."""
        placed, called = self.grouping.placed, self.grouping.called
        for part in held:
            goldens = sorted({placed[record] for record in part.source_record_ids if record in placed})
            old, new = ([list(self._named(members)) for members in groups] for groups in (part.current, part.computed))
            names = self._named(part.source_record_ids)
            self.tally.add(Difference(Kind.TASK, tuple(map(called, goldens)), names, "repartition", old, new))

    def of_values(self, rules: PublishedRules, *, at: datetime) -> None:
        """What the golden records of the entity type would say, and what would go out."""
        for portion in prospects(self.grouping.members(), rules, overridden=self._overridden(), at=at):
            self._tell(portion, rules, self.grouping)

    def of_dependents(self, entity_type: str, *, at: datetime) -> int:
        """What other entity types would say because something they speak of moves.

        Returns how many of their source records would also be matched again, which is not rehearsed.
        """
        others: dict[str, set[int]] = defaultdict(set)
        moved = sorted(self.grouping.moved)
        for start in range(0, len(moved), ASKED_AT_ONCE):
            for pk, kind in dependent_source_records(moved[start : start + ASKED_AT_ONCE]):
                others[kind].add(pk)
        again = sum(len(ids) for kind, ids in others.items() if entity_types.get(kind).matches_on_references)
        for kind in sorted(others.keys() - {entity_type}):
            self._of_dependents(kind, sorted(others[kind]), at=at)
        return again

    def _of_dependents(self, kind: str, source_record_ids: Sequence[int], *, at: datetime) -> None:
        entries = CrosswalkEntry.objects.filter(unlinked_at=None)
        homes = entries.filter(source_record__any=source_record_ids).values("golden_record")
        rows = list(
            entries.filter(golden_record__in=homes).values_list(
                "source_record_id", "golden_record_id", "source_record__source_system__name", "source_record__key"
            )
        )
        placed = {record: golden for record, golden, _, _ in rows}
        names = {record: f"{system}:{key}" for record, _, system, key in rows}
        standing = Regrouping(placed, placed, entity_types.get(kind).id_prefix)
        rules = published_rules(kind)
        beside = Telling(self.tally, standing, names, _remotes=self._remote_homes())
        for portion in prospects(standing.members(), rules, overridden=self._overridden(), at=at):
            beside._tell(portion, rules, standing)
        self.changed += beside.changed

    def _tell(self, portion: Sequence[Prospect], rules: PublishedRules, grouping: Regrouping) -> None:
        for each in portion:
            if each.waits:
                records = self._named(each.source_record_ids)
                self.tally.add(
                    Difference(Kind.TASK, (grouping.called(each.home),), records, "approval", new=list(each.waits))
                )
        another = [each for each in portion if each.another]
        for each in another:
            called, records = (grouping.called(each.home),), self._named(each.source_record_ids)
            changes = each.changes
            self.changed += bool(changes)
            for name, (old, new) in changes.items():
                self.tally.add(Difference(Kind.VALUE, called, records, name, old, new))
            if rules.entity_type == PRICED and each.says is not None:
                lines = next(each for each in coded_attributes(PRICED) if each.name == LINES)
                for key, before, after in price_changes(lines, each.says, each.attributes):
                    self.tally.add(Difference(Kind.PRICE, called, records, key, before, after))
        self._tell_messages([each for each in another if each.status == GoldenStatus.ACTIVE], rules, grouping)

    def _tell_messages(self, going: Sequence[Prospect], rules: PublishedRules, grouping: Regrouping) -> None:
        if not going:
            return
        remotes = self._remote_homes()
        owned = remotes.of(each.home for each in going)
        by_id = {grouping.called(each.home): each for each in going}
        wanted = [
            Prospective(called, each.attributes, tuple(owned.get(each.home, ()))) for called, each in by_id.items()
        ]
        told: Sequence[tuple[str, Impact]] = impact().messages_of(
            wanted,
            entity_type=rules.entity_type,
            attributes=rules.attributes,
            ownership=rules.document.ownership,
            moved=remotes.keys,
        )
        for called, message in told:
            old, new = ({name: change[side] for name, change in message.changes.items()} for side in (0, 1))
            self.tally.add(
                Difference(
                    Kind.MESSAGE,
                    (called,),
                    self._named(by_id[called].source_record_ids),
                    message.target,
                    None if message.remote_key is None else {"key": message.remote_key, **old},
                    new,
                )
            )

    def _remote_homes(self) -> RemoteHomes:
        if self._remotes is None:
            self._remotes = remote_homes(self.grouping)
        return self._remotes

    def _overridden(self) -> dict[Target, str]:
        """What references to source records on the move would resolve to."""
        moved = self.grouping.moved
        rows = SourceRecord.objects.filter(pk__any=moved).values_list("pk", "source_system__name", "entity_type", "key")
        return {(system, kind, key): self.grouping.called(moved[pk]) for pk, system, kind, key in rows}

    def _named(self, records: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(self.names[record] for record in records))
