"""How a system writes a customer down: not everything, and not everything right."""

from __future__ import annotations

from random import Random

from benchmarks.customers.world import MAILS, Customer

SOURCES = ("CRM", "ERP", "WEB", "WMS")
FIELDS = ("entity_type", "given_name", "middle_name", "family_name", "organisation_name", "email", "phone", "street",
          "city", "postcode", "country", "tax_id", "birth_or_founded")  # fmt: skip
_NICKNAMES = {"Robert": "Bob", "William": "Bill", "Richard": "Dick", "Elizabeth": "Liz", "Margaret": "Peggy",
              "Michael": "Mike", "Thomas": "Tom", "James": "Jim", "Katherine": "Kate", "Jennifer": "Jenny",
              "Christopher": "Chris", "Daniel": "Dan", "Joseph": "Joe", "Patricia": "Pat", "Steven": "Steve",
              "Andreas": "Andi", "Johannes": "Hans", "Alexander": "Alex", "Samuel": "Sam", "Susan": "Sue"}  # fmt: skip
_PHONES = {"US": "+1", "GB": "+44", "DE": "+49", "FR": "+33", "NL": "+31", "ES": "+34", "IT": "+39"}
_SHORT = {"Street": "St", "Avenue": "Ave", "Road": "Rd", "Gardens": "Gdns", "Lane": "Ln", "Court": "Ct",
          "boulevard": "bd", "Calle": "C/"}  # fmt: skip
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LOOK_ALIKE = str.maketrans("0158go", "OlS8qo")


def written_down(customer: Customer, random: Random) -> dict[str, str]:
    """One record of the customer; about one value in six is wrong, short, old or missing."""
    record = dict.fromkeys(FIELDS, "")
    record["country"] = customer.country
    moved = random.random() < 0.08
    record |= _address(customer, random) if not moved else {"city": customer.city}
    if customer.phone and random.random() < 0.73:
        other = random.random() < 0.12
        record["phone"] = _phone(
            f"{random.randint(10**8, 10**10)}" if other else customer.phone, customer.country, random
        )
    if customer.tax_id and random.random() < 0.47:
        record["tax_id"] = _digit_slip(customer.tax_id, random) if random.random() < 0.04 else customer.tax_id
    if customer.organization:
        return record | _organization(customer, random)
    return record | _person(customer, random)


def _person(customer: Customer, random: Random) -> dict[str, str]:
    given, middle, family = customer.given, customer.middle, customer.family
    chance = random.random()
    if chance < 0.06:
        given = _NICKNAMES.get(given, given[:1])
    elif chance < 0.09:
        given, family = family, given
    elif chance < 0.11:
        given = f"{random.choice(('Mr', 'Mrs', 'Dr'))} {given}"
    if middle:
        middle = middle[:1] if random.random() < 0.5 else middle if random.random() < 0.6 else ""
    email = customer.email
    if random.random() < 0.1:
        email = f"{customer.family}{random.randint(1, 999)}@{random.choice(MAILS)}".lower().replace(" ", "")
    return {
        "entity_type": "person",
        "given_name": "" if random.random() < 0.02 else _typo(given, random, 0.13),
        "middle_name": middle,
        "family_name": _typo(family, random, 0.13),
        "email": _typo(email, random, 0.06) if email and random.random() < 0.69 else "",
        "birth_or_founded": _birth(customer.born, random) if customer.born and random.random() < 0.78 else "",
    }


def _birth(born: tuple[int, int, int], random: Random) -> str:
    year, month, day = born
    chance = random.random()
    if chance < 0.04 and day <= 12:
        month, day = day, month
    elif chance < 0.1:
        return _digit_slip(f"{year:04d}-{month:02d}-{day:02d}", random)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _organization(customer: Customer, random: Random) -> dict[str, str]:
    words = customer.organization.split()
    chance = random.random()
    if chance < 0.04 and len(words) >= 3:
        words = ["".join(word[0] for word in words)]
    elif chance < 0.12 and len(words) >= 2:
        words.pop(random.randrange(1, len(words)))
    elif chance < 0.16:
        random.shuffle(words)
    form = customer.form if random.random() < 0.7 else ""
    name = _typo(f"{' '.join(words)} {form}".strip(), random, 0.15)
    return {
        "entity_type": "organisation",
        "organisation_name": name.upper() if random.random() < 0.1 else name,
        "email": _typo(customer.email, random, 0.04) if random.random() < 0.66 else "",
    }


def _address(customer: Customer, random: Random) -> dict[str, str]:
    street = customer.street
    if random.random() < 0.35:
        street = " ".join(_SHORT.get(word, word) for word in street.split()).replace("straße", "str.")
    street = _typo(street, random, 0.1)
    number = customer.number if random.random() > 0.03 else customer.number + random.choice((-2, 2, 10))
    written = f"{number} {street}" if customer.country in {"US", "GB", "FR"} else f"{street} {number}"
    if customer.unit and random.random() < 0.6:
        written += f", Unit {customer.unit}"
    return {
        "street": written if random.random() < 0.95 else "",
        "city": _typo(customer.city, random, 0.08) if random.random() < 0.975 else "",
        "postcode": (_digit_slip(customer.postcode, random) if random.random() < 0.04 else customer.postcode)
        if random.random() < 0.95
        else "",
    }


def _phone(digits: str, country: str, random: Random) -> str:
    shape = random.random()
    if shape < 0.3:
        return f"{_PHONES[country]} {digits[:3]} {digits[3:]}"
    if shape < 0.5:
        return f"({digits[:3]}) {digits[3:6]} {digits[6:]}"
    return f"0{digits}" if shape < 0.6 else digits


def _digit_slip(text: str, random: Random) -> str:
    places = [place for place, each in enumerate(text) if each.isdigit()]
    if not places:
        return text
    place = random.choice(places)
    return text[:place] + str(random.randint(0, 9)) + text[place + 1 :]


def _typo(text: str, random: Random, chance: float) -> str:
    while text and random.random() < chance:
        place, kind = random.randrange(len(text)), random.random()
        if kind < 0.25:
            text = text[:place] + text[place + 1 :]
        elif kind < 0.5:
            text = text[:place] + random.choice(_LETTERS) + text[place:]
        elif kind < 0.75:
            text = text[:place] + random.choice(_LETTERS) + text[place + 1 :]
        elif kind < 0.95:
            text = text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]
        else:
            text = text.translate(_LOOK_ALIKE)
    return text
