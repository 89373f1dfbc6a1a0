"""Columns made ready for Splink, by DuckDB alone: what its users are advised to do before they link."""

from __future__ import annotations

from typing import Final

_WAYS: Final = (
    "street|st|road|rd|avenue|ave|av|lane|ln|drive|dr|court|ct|close|cl|place|pl|boulevard|blvd|bd|gardens|gdns|terrace"
    "|ter|way|rue|r|chemin|ch|impasse|imp|via|v|viale|le|piazza|p|za|corso|c|so|largo|l|go|vicolo|vic|calle|avenida"
    "|plaza|paseo|camino|cno|ronda|rda|strasse|str|weg|allee|platz|gasse|g|ring|straat|laan|plein|pln|kade|kd|hof|o"
)
_GLUED: Final = "strasse|str|weg|allee|platz|pl|gasse|g|ring|straat|laan|ln|plein|pln|kade|kd|hof"
_FORMS: Final = (
    "inc|incorporated|llc|limited liability company|corp|corporation|co|company|lp|limited partnership|ltd|limited|plc"
    "|public limited company|llp|limited liability partnership|gmbh co kg|gmbh u co kg|gmbh|gesellschaft mbh|mbh|ag"
    "|aktiengesellschaft|kg|kommanditgesellschaft|ohg|ug|ug haftungsbeschraenkt|sarl|sas|sa|eurl|sasu|bv|nv|vof|srl"
    "|societe par actions simplifiee|besloten vennootschap|naamloze vennootschap|spa|snc|sl|slu|scoop|s coop"
    "|societa a responsabilita limitata|sociedad limitada|sociedad anonima"
)
_TITLES: Final = "mr|mrs|ms|miss|dr|herr|frau|prof|m|mme|dhr|mevr|ir|sig|sig ra|dott|ing|sr|sra|d|dna"

MACROS: Final = f"""
    create macro plain(t) as strip_accents(
        replace(replace(replace(replace(lower(t), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'));
    create macro words(t) as nullif(trim(regexp_replace(plain(t), '[^a-z0-9]+', ' ', 'g')), '');
    create macro undotted(t) as regexp_replace(t, '\\.', '', 'g');
    create macro digits(t) as nullif(regexp_replace(t, '[^0-9]', '', 'g'), '');
    create macro without_unit(t) as regexp_replace(t, ',\\s*(#|[^ 0-9]+)\\s*[0-9]+\\s*$', '');
    create macro street_words(t) as nullif(trim(regexp_replace(regexp_replace(words(without_unit(t)),
        '\\b({_WAYS}|[0-9]+)\\b', '', 'g'), '\\s+', ' ', 'g')), '');
    create macro street_name(t, country) as case when country in ('DE', 'NL')
        then regexp_replace(street_words(t), '({_GLUED})$', '') else street_words(t) end;
    create macro untitled(t) as nullif(regexp_replace(words(t), '^(({_TITLES}) )+', ''), '');
    create macro without_form(t) as nullif(trim(regexp_replace(regexp_replace(words(undotted(t)),
        ' ({_FORMS})$', ''), '\\b(and|und|et|en|e|y)\\b', ' ', 'g')), '');
"""

_COMMON: Final = """
    id as unique_id,
    lower(trim(email)) as email,
    nullif(split_part(lower(trim(email)), '@', 1), '') as email_local,
    right(digits(phone), 9) as phone,
    street_name(street, country) as street,
    nullif(regexp_extract(without_unit(street), '[0-9]+'), '') as house,
    words(city) as city,
    nullif(replace(words(postcode), ' ', ''), '') as postcode,
    digits(tax_id) as tax_id,
    birth_or_founded as born
"""
PEOPLE: Final = f"""
    select *, given[1] as given_1, given[1:3] as given_3, family[1:4] as family_4
    from (
        select {_COMMON}, untitled(given_name) as given, words(middle_name) as middle, words(family_name) as family
        from raw where entity_type = 'person'
    )
"""  # noqa: S608  # constants of this module
COMPANIES: Final = f"""
    select *, name[1] as name_1, name[1:3] as name_3, name[1:4] as name_4,
        split_part(name, ' ', 1) as first_word, nullif(split_part(name, ' ', 2), '') as second_word,
        array_to_string(list_transform(split(whole, ' '), lambda word: word[1]), '') as letters
    from (
        select {_COMMON}, coalesce(without_form(organisation_name), words(organisation_name)) as name,
            words(organisation_name) as whole, nullif(split_part(lower(trim(email)), '@', 2), '') as host
        from raw where entity_type <> 'person'
    )
"""  # noqa: S608  # constants of this module
