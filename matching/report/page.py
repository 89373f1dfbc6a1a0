"""What a report says, section by section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from html import escape
from itertools import pairwise

import numpy as np

from matching.blocking import blocking_keys
from matching.decided_pairs import DecidedPair
from matching.decision import MatchDecision, thresholds
from matching.deduplication import Deduplication
from matching.explain import PairAccount, explain_pair
from matching.report.charts import histogram, table, weight_bars
from matching.rule_tree import MatchRules

Truth = Collection[tuple[str, str]]
"""True pairs of ids, in either order."""
_BINS = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.999, 1.0)
_WORST = 8
_STYLE = """
:root { font: 15px/1.5 system-ui, sans-serif; color: #1d2430; background: #fff; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #d5dae1; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; } p { max-width: 46rem; }
table { border-collapse: collapse; }
th, td { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid #e6e9ee; }
th { font-weight: 600; background: #f4f6f8; } td.n { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } svg { max-width: 100%; height: auto; } svg text { font-size: 11px; fill: #1d2430; }
.for, .link { fill: #1f7a5c; } .against { fill: #b4532a; } .review { fill: #b9a15a; }
.axis { stroke: #8a94a3; } .mark { stroke: #1d2430; stroke-dasharray: 3 3; }
.attributes { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 0 2rem; }
@media print { h2 { break-after: avoid; } svg, table { break-inside: avoid; } }
"""


def report_page(
    found: Deduplication, rules: MatchRules, *, title: str, profile: str, truth: Truth | None = None
) -> str:
    """The whole page. It shows attribute values of the worst pairs, so it is personal data."""
    true = None if truth is None else {_ordered(*pair) for pair in truth}
    sections = [
        _summary(found, rules, profile, true),
        _weights(found, rules),
        _histogram(found, rules, profile),
        _reliability(found, true),
        _clusters(found),
        _worst(found, rules, profile, true),
        _blocking(found, rules, true),
    ]
    name = escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{name}</h1>{''.join(sections)}</main></body></html>\n"
    )


def _ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def _links(found: Deduplication) -> list[DecidedPair]:
    return [pair for pair in found.pairs if pair.decision is MatchDecision.LINK]


def _summary(found: Deduplication, rules: MatchRules, profile: str, true: set[tuple[str, str]] | None) -> str:
    limit, links = thresholds(rules, found.model, profile=profile), _links(found)
    rows: list[tuple[str, object]] = [
        ("records", len(found.standardized)),
        ("clusters", len(found.clusters)),
        ("links", len(links)),
        ("pairs to review", len(found.pairs) - len(links)),
        ("profile", profile),
        ("link from, bits", limit.link_bits),
        ("review from, bits", limit.review_bits),
        ("two records at random, bits", found.model.prior_bits),
        ("model trained on records", found.model.trained_on),
        ("sources without duplicates", ", ".join(found.model.unique_sources) or "none"),
    ]
    if true is not None:
        right = sum(_ordered(pair.left, pair.right) in true for pair in links)
        rows += [
            ("precision", right / max(len(links), 1)),
            ("recall", right / max(len(true), 1)),
            ("F1", 2 * right / max(len(links) + len(true), 1)),
        ]
    return table(("figure", "value"), rows)


def _weights(found: Deduplication, rules: MatchRules) -> str:
    charts = []
    present = {
        rule.attribute for rule in rules.attributes if (found.standardized.features[rule.feature].codes >= 0).any()
    }
    for segment in rules.segments:
        shown = [
            (rule, found.model.weights_bits(segment, rule.attribute))
            for rule in rules.attributes
            if rule.attribute in present and (not rule.segments or segment in rule.segments)
        ]
        most = max((abs(bit) for _, bits in shown for bit in bits), default=1.0)
        blocks = "".join(
            f"<div><h3>{escape(rule.attribute)}</h3>"
            + weight_bars([(each.name, bit) for each, bit in zip(rule.levels, bits, strict=True)], most_bits=most)
            + "</div>"
            for rule, bits in shown
        )
        heading = f"<h3>{escape(segment)}</h3>" if len(rules.segments) > 1 else ""
        charts.append(f'{heading}<div class="attributes">{blocks}</div>')
    return (
        "<h2>What each level weighs</h2><p>In bits: to the right what speaks for a match, to the left what speaks "
        f"against. Rare values add to an exact agreement, common ones take from it.</p>{''.join(charts)}"
    )


def _histogram(found: Deduplication, rules: MatchRules, profile: str) -> str:
    limit = thresholds(rules, found.model, profile=profile)
    weights = [
        np.array([pair.weight_bits for pair in found.pairs if (pair.decision is MatchDecision.LINK) == is_link])
        for is_link in (True, False)
    ]
    marks = (("review", limit.review_bits), ("link", limit.link_bits))
    return (
        "<h2>Weights of the pairs kept</h2><p>Links are green, pairs to review yellow. A link below the threshold "
        "was made by its cluster, a review above it is under a veto or beside a better partner.</p>"
        + histogram(weights[0], weights[1], marks=marks)
    )


def _reliability(found: Deduplication, true: set[tuple[str, str]] | None) -> str:
    rows: list[list[object]] = []
    for low, high in pairwise(_BINS):
        inside = [pair for pair in found.pairs if low <= pair.probability < high or (high == 1.0 == pair.probability)]
        if inside:
            row: list[object] = [f"{low:g} to {high:g}", len(inside), sum(p.probability for p in inside) / len(inside)]
            if true is not None:
                row.append(sum(_ordered(p.left, p.right) in true for p in inside) / len(inside))
            rows.append(row)
    header = ["match probability", "pairs", "mean stated"]
    note = "The share that is true is not known: no true pairs were given."
    if true is not None:
        header.append("share true")
        note = "Of the pairs with such a stated probability, the share that is true. Rivals are not taken into account."
    return f"<h2>Reliability</h2><p>{note}</p>{table(header, rows)}"


def _clusters(found: Deduplication) -> str:
    sizes = sorted(Counter(len(members) for members in found.clusters).items())
    return f"<h2>Cluster sizes</h2>{table(('records in a cluster', 'clusters'), sizes)}"


def _worst(found: Deduplication, rules: MatchRules, profile: str, true: set[tuple[str, str]] | None) -> str:
    links = sorted(_links(found), key=lambda pair: (pair.weight_bits, pair.left, pair.right))
    reviews = sorted(
        (pair for pair in found.pairs if pair.decision is MatchDecision.REVIEW),
        key=lambda pair: (-pair.weight_bits, pair.left, pair.right),
    )
    parts = ["<h2>Worst pairs</h2>"]
    for name, pairs in (("Links with the least weight", links), ("Pairs to review with the most", reviews)):
        parts.append(f"<h3>{name}</h3>")
        parts.extend(_pair(found, pair, rules, profile, true) for pair in pairs[:_WORST])
    return "".join(parts)


def _pair(
    found: Deduplication, pair: DecidedPair, rules: MatchRules, profile: str, true: set[tuple[str, str]] | None
) -> str:
    left, right = found.standardized.rows_of([(pair.left, pair.right)])
    account = explain_pair(found.standardized, int(left[0]), int(right[0]), rules, found.model, profile=profile)
    verdict = "" if true is None else ", true" if _ordered(pair.left, pair.right) in true else ", not true"
    vetoes = f", veto: {', '.join(account['vetoes'])}" if account["vetoes"] else ""
    heading = f"{pair.left} and {pair.right}: {pair.weight_bits:.1f} bits{vetoes}{verdict}"
    return f"<p>{escape(heading)}</p>{table(('attribute', 'level', 'left', 'right', 'bits'), _attribute_rows(account))}"


def _attribute_rows(account: PairAccount) -> Sequence[Sequence[object]]:
    return [
        (each["attribute"], each["level"], "; ".join(each["left"]), "; ".join(each["right"]), each["weight_bits"])
        for each in account["attributes"]
        if each["level"] is not None
    ]


def _blocking(found: Deduplication, rules: MatchRules, true: set[tuple[str, str]] | None) -> str:
    report = found.blocking
    reached = _reached(found, rules, true) if true else {}
    header = ["key", "pairs", "blocks split"] + (["true pairs that share it"] if true else [])
    rows = [
        [name, pairs, report.oversize_blocks.get(name, 0)] + ([reached.get(name, 0) / len(true)] if true else [])
        for name, pairs in report.pairs_by_rule.items()
        if pairs or name in report.oversize_blocks
    ]
    left_out = f" Too coarse for so many records: {', '.join(report.left_out)}." if report.left_out else ""
    overall = f" {reached['']:,} of {len(true):,} true pairs share a key." if true else ""
    return (
        f"<h2>Blocking</h2><p>{report.pairs_cut:,} pairs in blocks that had to be split were not compared. The largest "
        f"block holds {report.largest_block:,} records.{escape(left_out)}{overall}</p>{table(header, rows)}"
    )


def _reached(found: Deduplication, rules: MatchRules, true: set[tuple[str, str]]) -> Counter[str]:
    """How many true pairs share each key; under "" those that share any."""
    keys = blocking_keys(found.standardized, rules, whole_file=True, left_out=found.blocking.left_out)
    of_row: dict[int, set[tuple[int, int]]] = {}
    for row, rule, key in zip(keys.rows.tolist(), keys.rule_index.tolist(), keys.hashes.tolist(), strict=True):
        of_row.setdefault(row, set()).add((rule, key))
    reached: Counter[str] = Counter()
    for left, right in zip(*(side.tolist() for side in found.standardized.rows_of(sorted(true))), strict=True):
        shared = {keys.rule_names[rule] for rule, _ in of_row.get(left, set()) & of_row.get(right, set())}
        reached.update(shared)
        reached[""] += bool(shared)
    return reached
