"""Splink 5 on the customers of `benchmarks.customers`, tuned by hand; prints its figures as JSON.

Run by `benchmarks.matching_scale` in an environment of its own. People and organizations are kept apart, an address is
one comparison, names count by their frequency, and eighteen blocking rules find the pairs.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

READ = """
create table records as
select id as unique_id, entity_type as kind,
       nullif(lower(strip_accents(trim(given_name))), '') as given,
       nullif(lower(strip_accents(trim(family_name))), '') as family,
       nullif(trim(regexp_replace(regexp_replace(lower(strip_accents(organisation_name)),
           '\\b(inc|llc|corporation|ltd|plc|limited|gmbh|ag|co|kg|sarl|sas|b\\.?v\\.?|n\\.?v\\.?|s\\.?l\\.?|s\\.?a\\.?|s\\.?r\\.?l\\.?|s\\.?p\\.?a\\.?)\\b\\.?', '', 'g'),
           '[^a-z0-9]+', ' ', 'g')), '') as organization,
       try_cast(nullif(birth_or_founded, '') as date) as born,
       nullif(lower(trim(email)), '') as email,
       nullif(right(regexp_replace(phone, '\\D', '', 'g'), 9), '') as phone,
       nullif(regexp_replace(tax_id, '\\W', '', 'g'), '') as tax_id,
       nullif(trim(regexp_replace(regexp_replace(regexp_replace(lower(strip_accents(street)), ', unit \\d+', ''),
           '\\b(street|st)\\b', 'st', 'g'), '\\b(avenue|ave|road|rd|gardens|gdns|lane|ln|court|ct)\\b', '', 'g')), '') as street,
       nullif(lower(strip_accents(trim(city))), '') as city,
       nullif(upper(replace(postcode, ' ', '')), '') as postcode
from read_csv('{path}', all_varchar = true, header = true)
"""
RULES = [
    ("tax_id",), ("email",), ("phone",), ("given", "family"), ("family", "born"), ("given", "born"),
    ("family", "postcode"), ("given", "postcode"), ("family", "city", "substr(given, 1, 1)"), ("street", "postcode"),
    ("street", "city"), ("born", "postcode"), ("organization",), ("substr(organization, 1, 6)", "city"),
    ("substr(organization, 1, 6)", "postcode"), ("organization", "street"), ("street", "given"),
    ("substr(family, 1, 4)", "substr(given, 1, 4)", "city"),
]  # fmt: skip


def address() -> cl.CustomComparison:
    """One comparison of whole addresses."""
    near = "(postcode_l = postcode_r or city_l = city_r)"
    return cl.CustomComparison(
        output_column_name="address",
        comparison_levels=[
            cll.CustomLevel(
                "street_l is null and postcode_l is null or street_r is null and postcode_r is null"
            ).configure(is_null_level=True),
            cll.CustomLevel("street_l = street_r and postcode_l = postcode_r"),
            cll.CustomLevel("street_l = street_r and city_l = city_r"),
            cll.CustomLevel(f"jaro_winkler_similarity(street_l, street_r) > 0.9 and {near}"),
            cll.CustomLevel("postcode_l = postcode_r"),
            cll.CustomLevel("city_l = city_r"),
            cll.ElseLevel(),
        ],
    )


def main(path: str, truth_path: str) -> None:
    """Read, train, predict, cluster; the clock stops before the figures are compared with the truth."""
    started = time.monotonic()
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    connection.execute(READ.replace("{path}", path))
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("given", [0.92, 0.85]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("family", [0.92, 0.85]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("organization", [0.95, 0.88, 0.8]).configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("born", input_is_string=False),
            cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("phone", 1),
            cl.LevenshteinAtThresholds("tax_id", 1),
            address(),
        ],
        blocking_rules_to_generate_predictions=[block_on("kind", *rule) for rule in RULES],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection)
    linker = Linker(api.register("records"), settings)
    linker.training.estimate_probability_two_random_records_match([block_on("tax_id"), block_on("email")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=2_000_000)
    for rule in (("tax_id",), ("email",), ("family", "postcode"), ("organization", "city")):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("kind", *rule))
    pairs = linker.inference.predict(threshold_match_probability=0.01)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=0.95)
    count = connection.execute(f"select count(distinct cluster_id) from {clusters.physical_name}").fetchone()
    seconds = time.monotonic() - started
    figures = {
        "seconds": seconds,
        "clusters": count[0],
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    connection.execute(f"create table truth as select * from read_csv('{truth_path}', all_varchar = true)")
    scored = connection.execute(f"""
        select match_probability, (truth.id_l is not null)::int as is_true from {pairs.physical_name} as p
        left join truth on truth.id_l = least(unique_id_l, unique_id_r) and truth.id_r = greatest(unique_id_l, unique_id_r)
        order by match_probability desc
    """).fetchall()
    all_true = connection.execute("select count(*) from truth").fetchone()[0]
    right, best, at_95 = 0, 0.0, 0.0
    for place, (probability, is_true) in enumerate(scored, start=1):
        right += is_true
        f1 = 2 * right / (place + all_true)
        best = max(best, f1)
        if probability >= 0.95:
            at_95 = f1
    json.dump(figures | {"f1_best": best, "f1_at_95": at_95, "pairs": len(scored)}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
