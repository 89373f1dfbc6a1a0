"""Lines of one agreement put back as they were before a renewal, except where somebody edited them since. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mdm.entity_types.agreement_lines import Line, days_of, line_days, line_item_key, rival_key
from mdm.entity_types.base import Document, JsonValue
from mdm.pricing.renewing import LINES, VALID_TO, ending

Lines = dict[str, Line]


@dataclass(frozen=True, slots=True)
class PutBack:
    """The values that undo the change, and the keys of its lines that stay because they were edited later."""

    values: Mapping[str, JsonValue]
    kept: tuple[str, ...]


def put_back(before: Document, after: Document, now: Document) -> PutBack:
    """Take what led from `before` to `after` out of `now`.

    Lines that price one thing are put back together, or stay together when any of them was edited since or one that was
    added since would meet them. The agreement's own end goes back when nothing stays, nothing was added that needs it,
    and nobody moved it.
    """
    if all(now.get(name) == after.get(name) for name in (LINES, VALID_TO)):
        return PutBack(
            {name: before.get(name) for name in (LINES, VALID_TO) if before.get(name) != after.get(name)}, ()
        )
    was, became, lines = _by_scope(before), _by_scope(after), _by_scope(now)
    result: dict[str, Lines] = dict(lines)
    kept: list[str] = []
    for scope in sorted(was.keys() | became.keys()):
        old, new, its = was.get(scope, {}), became.get(scope, {}), lines.get(scope, {})
        changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        standing = {key for key in changed if its.get(key) != old.get(key)}
        others = [line for key, line in its.items() if key not in changed]
        back = {key: old[key] for key in old if key in changed}
        if any(its.get(key) != new.get(key) for key in standing) or _meet(before, back.values(), others):
            kept += standing
        elif standing:
            result[scope] = {key: line for key, line in its.items() if key not in changed} | back
    end_moved = before.get(VALID_TO) != after.get(VALID_TO)
    added = [line for scope, its in lines.items() for key, line in its.items() if key not in became.get(scope, {})]
    needed = any(line_days(now, line).end > days_of(before).end for line in added)
    goes_back = end_moved and not kept and not needed and now.get(VALID_TO) == after.get(VALID_TO)
    if end_moved and not goes_back and days_of(now).end > days_of(before).end:
        # The agreement goes on longer than before: what ended with it must not go on, too.
        end = days_of(before).end
        result = {
            scope: {
                key: ending(line, end) if line == was.get(scope, {}).get(key) else line for key, line in its.items()
            }
            for scope, its in result.items()
        }
    values: dict[str, JsonValue] = {}
    if result != lines:
        values[LINES] = [line for its in result.values() for line in its.values()]
    if goes_back:
        values[VALID_TO] = before.get(VALID_TO)
    return PutBack(values, tuple(sorted(kept)))


def _meet(document: Document, lines: Collection[Line], others: Collection[Line]) -> bool:
    return any(line_days(document, line).meets(line_days(document, other)) for line in lines for other in others)


def _by_scope(document: Document) -> dict[str, Lines]:
    """Lines by key, for each thing that they price."""
    scopes: dict[str, Lines] = defaultdict(dict)
    for line in document.get(LINES) or ():
        scopes[rival_key(line)][line_item_key(line)] = line
    return dict(scopes)
