"""Which values take part, before any strategy is asked: ownership first, quality second."""

from collections.abc import Sequence
from dataclasses import dataclass

from mdm.rules.documents import AttributeOwnership
from mdm.rules.ownership import contributor_rank
from mdm.survivorship.candidates import Candidate, SourceValues
from mdm.survivorship.terms import SILENT, Terms

FILLS_IN = "fills in only while those before it are silent"
_SHARED = -1


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates that a strategy may choose from, all of equal standing, and what each other one lost by.

    `behind` are those of `out` that fill in only while the eligible ones are silent, and fail no more than they do.
    """

    eligible: tuple[Candidate, ...]
    out: tuple[tuple[Candidate, str], ...]
    owner_says_empty: Candidate | None = None
    behind: tuple[Candidate, ...] = ()


def pool_of(terms: Terms, sources: Sequence[SourceValues]) -> Pool:
    """Sort the values of one attribute or group into those that may survive and those that may not.

    A value that passes its quality rules comes before any that fails. Then the owner comes first, and each contributor
    in order; a shared attribute has all its contributors at once. An owner whose records all say null says that there
    is nothing, and nobody fills in.
    """
    ownership = terms.ownership
    told: list[Candidate] = []
    out: list[tuple[Candidate, str]] = []
    for source in sources:
        value = terms.told_by(source)
        if value is SILENT:
            continue
        rank = _standing(ownership, source.system)
        candidate = terms.candidate(source, value, rank=rank)
        if rank is None:
            out.append((candidate, "may not contribute"))
        else:
            told.append(candidate)

    owner = ownership.owner
    owned = [] if owner is None else [candidate for candidate in told if candidate.source.system == owner]
    if owned and all(candidate.value is None for candidate in owned):
        silent = min(owned, key=lambda candidate: candidate.tie_break)
        rest = [(candidate, "the owner says there is none") for candidate in told if candidate is not silent]
        return Pool((), (*out, *rest), owner_says_empty=silent)
    out += [(candidate, "empty") for candidate in told if candidate.value is None]
    return _best_standing([candidate for candidate in told if candidate.value is not None], ownership, out)


def _standing(ownership: AttributeOwnership, system: str) -> int | None:
    if system == ownership.owner:
        return 0
    place = contributor_rank(ownership, system=system)
    return None if place is None else place + (ownership.owner is not None)


def _best_standing(
    told: Sequence[Candidate], ownership: AttributeOwnership, out: Sequence[tuple[Candidate, str]]
) -> Pool:
    def standing(candidate: Candidate) -> tuple[bool, int]:
        return bool(candidate.failed_checks), _SHARED if ownership.owner is None else candidate.rank

    if len(told) < 2:  # most are alone
        return Pool(tuple(told), tuple(out))
    first = min(map(standing, told))
    rest = [each for each in told if standing(each) != first]
    lost = [(each, _why_behind(each, all_fail=first[0])) for each in rest]
    behind = tuple(each for each in rest if bool(each.failed_checks) == first[0])
    return Pool(tuple(each for each in told if standing(each) == first), (*out, *lost), behind=behind)


def _why_behind(candidate: Candidate, *, all_fail: bool) -> str:
    if candidate.failed_checks and not all_fail:
        return f"fails {', '.join(check.value for check in candidate.failed_checks)}"
    return FILLS_IN
