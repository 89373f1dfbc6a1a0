"""Best F1 of other tools on the labelled sets: written down once, because not every one of them installs or finishes.

Measured on 2026-11-23 on two cores with Python 3.11, Splink 5.0.0, recordlinkage 0.16, dedupe 3.0.3, pyJedAI 0.3.6 and
GoldenMatch 3.22.0, pairwise over all true pairs, each at the threshold that was best in hindsight. Those with a star
were given 150 labelled pairs. A tool that is missing did not finish, or is not made for such data.
"""

from __future__ import annotations

from collections.abc import Mapping

TOOLS = ("Splink", "recordlinkage", "recordlinkage*", "dedupe*", "pyJedAI", "GoldenMatch")
_FIGURES = """
febrl3          .991 .991 .991 .993 .598 .993
fake1000        .895 .796 .798 .926 -    .196
rldata10000     .948 .962 .961 .771 -    -
synthetic-20k   .901 .855 .953 -    -    .824
abt-buy         .661 .762 .816 .484 .848 .180
walmart-amazon  .293 .307 .331 -    .537 -
fodors-zagats   .955 .965 .969 .955 .960 .714
overture-places .898 .887 .905 .922 .968 -
autofj-places   .402 -    -    -    .538 -
autofj-orgs     .418 -    -    -    .566 -
"""

BEST_F1: Mapping[str, Mapping[str, float]] = {
    name: {tool: float(each) for tool, each in zip(TOOLS, figures, strict=True) if each != "-"}
    for name, *figures in (row.split() for row in _FIGURES.strip().splitlines())
}
"""By set, then by tool."""
