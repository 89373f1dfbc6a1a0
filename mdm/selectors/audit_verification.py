"""Whether the audit entries are those that were sealed: one pass over the chain, a window of entries at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import iter_unpack

from mdm.audit_chain import GENESIS, Head, SealKey, chain_hash
from mdm.models import AuditSeal, Sequencer
from mdm.models.audit import HASH_BYTES
from mdm.selectors.audit_entries import Placed, digests_between, outside_of, placed_between, positions_of

WINDOW = 20_000  # entries compared at once
_FETCHED = 25  # seals, ten megabytes at most


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing broken. `position` is None when nobody can tell where, `entry_id` when no entry can be named."""

    position: int | None
    entry_id: int | None
    what: str

    def __str__(self) -> str:
        return self.what if self.position is None else f"position {self.position}: {self.what}"


@dataclass(frozen=True, slots=True)
class _Reached:
    """How far the chain was read: the next seal begins after `position` and names one of `hashes`."""

    position: int
    hashes: frozenset[bytes]


class ChainCheck:
    """Reads the chain from its first seal to its last; the counts and the head are of what was read so far."""

    def __init__(self, *, key: SealKey, heads: Sequence[Head] = (), using: str = "default") -> None:
        """`heads` were exported earlier; the chain must still contain them."""
        self.entries = 0
        self.seals = 0
        self.head: Head | None = None
        self._key = key
        self._heads = heads
        self._using = using
        self._hashes: dict[int, bytes] = {}  # of the seals that end where one of the heads does

    def findings(self) -> Iterator[Finding]:
        """What is broken: along the chain, then beyond its end, then against the heads. Nothing when all is well."""
        yield from self._along()
        yield from self._beyond()
        for head in self._heads:
            yield from self._without(head)

    def _along(self) -> Iterator[Finding]:
        window: list[AuditSeal] = []
        reached = _Reached(0, frozenset({GENESIS}))
        for seal in AuditSeal.objects.using(self._using).order_by("last_position").iterator(chunk_size=_FETCHED):
            present = _hash_of(seal)
            broken = self._broken(seal, present, reached)
            if broken or _size(window) >= WINDOW:
                yield from self._compared(window)
                window = []
            if broken:
                yield broken
            if present == bytes(seal.hash):  # one that was changed is no witness of its entries
                window.append(seal)
            reached = _Reached(seal.last_position, frozenset({present, bytes(seal.hash)}))
            self._count(seal)
        yield from self._compared(window)

    def _broken(self, seal: AuditSeal, present: bytes, reached: _Reached) -> Finding | None:
        """What is wrong with the seal itself; `present` is the hash of what it says now."""
        first = seal.first_position
        if present != bytes(seal.hash):
            return Finding(first, None, f"the {seal} was changed")
        if first > reached.position + 1:
            return self._gap(reached.position + 1, first - 1)
        if first <= reached.position or bytes(seal.previous_hash) not in reached.hashes:
            return Finding(first, None, f"the {seal} does not follow the seal before it")
        if not self._key.signed(_head_of(seal)):
            signer = "another key" if seal.key_id != self._key.id else "somebody without the key"
            return Finding(first, None, f"the {seal} was signed by {signer}")
        return None

    def _gap(self, first: int, last: int) -> Finding:
        there = placed_between(first, first, using=self._using).get(first)
        return Finding(first, there.entry_id if there else None, f"the seal of {first} to {last} is gone")

    def _compared(self, seals: Sequence[AuditSeal]) -> Iterator[Finding]:
        """Where entries differ from adjoining seals that are sound."""
        if not seals:
            return
        first, last = seals[0].first_position, seals[-1].last_position
        self.entries += _size(seals)
        if digests_between(first, last, using=self._using) == b"".join(bytes(seal.digests) for seal in seals):
            return
        present = placed_between(first, last, using=self._using)
        differing = [sealed for seal in seals for sealed in _sealed(seal) if present.get(sealed.position) != sealed]
        elsewhere = positions_of([sealed.entry_id for sealed in differing], using=self._using)
        for sealed in differing:
            told = _told(sealed, present.get(sealed.position), elsewhere)
            yield Finding(sealed.position, sealed.entry_id, f"entry {sealed.entry_id} {told}")

    def _beyond(self) -> Iterator[Finding]:
        """Positions that were given out after the last seal there is: its followers were cut off."""
        end = self.head.position if self.head else 0
        if (stray := outside_of(1, end, using=self._using)) is not None:
            position, entry_id = stray
            yield Finding(position, entry_id, f"entry {entry_id} stands where no seal is")
        counter = Sequencer.objects.using(self._using).filter(name="audit").first()
        given = counter.last_position if counter else 0
        if given > end:
            yield Finding(end + 1, None, f"the seals end at {end}, but positions up to {given} were given out")
        elif given < end:
            yield Finding(given + 1, None, f"the counter was set back to {given}; the seals end at {end}")

    def _without(self, head: Head) -> Iterator[Finding]:
        """What speaks against a head that was exported earlier."""
        end = self.head.position if self.head else 0
        told = f"the head of {head.sealed_at:%Y-%m-%d %H:%M} UTC"
        if not self._key.signed(head):
            yield Finding(None, None, f"{told} was not signed with this hub's key")
        elif head.position > end:
            yield Finding(end + 1, None, f"the chain was cut here; {told} stands at {head.position}")
        elif self._hashes.get(head.position) != head.hash:
            yield Finding(None, None, f"the chain up to {head.position} is another than that of {told}")

    def _count(self, seal: AuditSeal) -> None:
        self.seals += 1
        self.head = _head_of(seal)
        if any(head.position == seal.last_position for head in self._heads):
            self._hashes[seal.last_position] = bytes(seal.hash)


def _hash_of(seal: AuditSeal) -> bytes:
    return chain_hash(
        previous=bytes(seal.previous_hash),
        first_position=seal.first_position,
        last_position=seal.last_position,
        sealed_at=seal.sealed_at,
        entry_ids=bytes(seal.entry_ids),
        digests=bytes(seal.digests),
    )


def _head_of(seal: AuditSeal) -> Head:
    return Head(seal.last_position, bytes(seal.hash), seal.sealed_at, seal.key_id, bytes(seal.signature))


def _size(window: Sequence[AuditSeal]) -> int:
    """Entries under seals that adjoin."""
    return window[-1].last_position - window[0].first_position + 1 if window else 0


def _sealed(seal: AuditSeal) -> Iterator[Placed]:
    """The entries as they were when they were sealed."""
    digests = bytes(seal.digests)
    for place, (entry_id,) in enumerate(iter_unpack(">q", bytes(seal.entry_ids))):
        yield Placed(seal.first_position + place, entry_id, digests[place * HASH_BYTES : (place + 1) * HASH_BYTES])


def _told(sealed: Placed, present: Placed | None, elsewhere: dict[int, int | None]) -> str:
    """What became of an entry that is not at its position as it was."""
    if present and present.entry_id == sealed.entry_id:
        return "was changed after it was sealed"
    if sealed.entry_id in elsewhere:
        position = elsewhere[sealed.entry_id]
        return "lost its position" if position is None else f"was moved to position {position}"
    return f"is gone; entry {present.entry_id} stands in its place" if present else "is gone"
