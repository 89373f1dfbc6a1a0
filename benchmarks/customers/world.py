"""The customers as they are, before any system wrote them down."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import accumulate
from random import Random

COUNTRIES = {"US": ("en_US", 35), "GB": ("en_GB", 20), "DE": ("de_DE", 20), "FR": ("fr_FR", 9), "NL": ("nl_NL", 6),
             "ES": ("es_ES", 5), "IT": ("it_IT", 5)}  # fmt: skip
_STREETS = {"US": ("{} Street", "{} Avenue", "{} Road", "{} Court"), "GB": ("{} Road", "{} Gardens", "{} Lane"),
            "DE": ("{}straße", "{}weg", "{}allee"), "FR": ("rue {}", "avenue {}", "boulevard {}"),
            "NL": ("{}straat", "{}laan"), "ES": ("Calle {}", "Avenida {}"), "IT": ("Via {}", "Piazza {}")}  # fmt: skip
_TOWNS = {"US": ("ville", "field", " Springs"), "GB": ("bury", "ton", "ham"), "DE": ("dorf", "berg", "stadt"),
          "FR": ("-sur-Mer", "ville"), "NL": ("dam", "veen"), "ES": (" del Mar", "illa"),
          "IT": (" Terme", "ano")}  # fmt: skip
_TAILS = ("", "", "", "s", "son", "er", "mann", "ini", "ez", "ard", "sen", "ow", "by", "ier", "otti", "inga")
_FORMS = {"US": ("Inc", "LLC", "Corporation"), "GB": ("Ltd", "PLC", "Limited"), "DE": ("GmbH", "AG", "GmbH & Co. KG"),
          "FR": ("SARL", "SAS"), "NL": ("B.V.", "N.V."), "ES": ("S.L.", "S.A."),
          "IT": ("S.r.l.", "S.p.A.")}  # fmt: skip
_TRADES = ("Foods", "Logistics", "Electronics", "Packaging", "Insurance", "Systems", "Trading", "Medical", "Energy",
           "Textiles", "Consulting", "Tools", "Chemicals", "Motors", "Media", "Services", "Partners", "Associates",
           "Supplies", "Hardware", "Optics", "Paper", "Seeds", "Glass")  # fmt: skip
MAILS = ("gmail.com", "yahoo.com", "hotmail.com", "aol.com", "gmx.de", "web.de", "orange.fr", "ziggo.nl", "libero.it")


@dataclass(frozen=True, slots=True)
class Customer:
    """One true customer; a person has names and a birth date, an organization a name and a form."""

    country: str
    given: str = ""
    middle: str = ""
    family: str = ""
    born: tuple[int, int, int] | None = None
    organization: str = ""
    form: str = ""
    street: str = ""
    number: int = 0
    unit: str = ""
    city: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    tax_id: str = ""


class Lot:
    """Draws from a list in which the first come far more often than the last, as names do."""

    def __init__(self, things: Sequence[str], *, slope: float) -> None:
        self.things = tuple(things)
        self._sums = list(accumulate((place + 6) ** -slope for place in range(len(things))))

    def draw(self, random: Random) -> str:
        """One of them."""
        return self.things[bisect(self._sums, random.random() * self._sums[-1])]


class World:
    """Draws customers. The stock of family names, towns and streets grows with the number of customers, but slower."""

    def __init__(self, random: Random, *, customers: int) -> None:
        self._random = random
        self._countries = Lot([code for code, (_, share) in COUNTRIES.items() for _ in range(share)], slope=0.0)
        towns = max(int(customers**0.62), 30)
        self._given: dict[str, Lot] = {}
        self._family: dict[str, Lot] = {}
        self._towns: dict[str, list[tuple[str, list[str]]]] = {}
        for code, (locale, share) in COUNTRIES.items():
            provider = import_module(f"faker.providers.person.{locale}").Provider
            given, family = (
                sorted({str(name) for name in names}) for names in (provider.first_names, provider.last_names)
            )
            random.shuffle(given)
            grown = [name + tail for name in family for tail in sorted(set(_TAILS))]
            random.shuffle(grown)
            stock = [*family, *(name for name in grown if name not in set(family))]
            self._given[code] = Lot(given, slope=0.75)
            self._family[code] = Lot(stock[: max(len(family), int(customers**0.68 * share / 35))], slope=0.7)
            self._towns[code] = [self._town(code) for _ in range(max(towns * share // 100, 3))]

    def _town(self, country: str) -> tuple[str, list[str]]:
        random = self._random
        name = self._family[country].draw(random) + random.choice(_TOWNS[country])
        codes = [self._postcode(country) for _ in range(random.choice((1, 1, 1, 2, 3, 6)))]
        return name, codes

    def _postcode(self, country: str) -> str:
        random = self._random
        if country == "GB":
            return (
                f"{random.choice('BCDEGLMNST')}{random.choice('ADHNS')}{random.randint(1, 30)} {random.randint(1, 9)}"
                + ("".join(random.choice("ABDEFGHJLNPQ") for _ in range(2)))
            )
        if country == "NL":
            return f"{random.randint(1000, 9999)} {random.choice('ABCDEGHJ')}{random.choice('ABCDEGHJ')}"
        return f"{random.randint(1000, 99999):05d}"

    def customers(self, count: int) -> Iterator[Customer]:
        """So many customers, relatives and branches among them."""
        made = 0
        while made < count:
            for customer in self._with_relations():
                yield customer
                made += 1
                if made == count:
                    return

    def _with_relations(self) -> Iterator[Customer]:
        random = self._random
        if random.random() < 0.69:
            person = self._person()
            yield person
            chance = random.random()
            if chance < 0.14:
                yield from (self._mate(person) for _ in range(random.choice((1, 1, 2, 3))))
            elif chance < 0.17:
                yield replace(self._mate(person), born=person.born)
            elif chance < 0.20 and person.born:
                year, _, day = person.born
                born = (year + random.randint(20, 38), random.randint(1, 12), min(day, 28))
                yield replace(person, born=born, middle="", email="", tax_id=self._tax_id(person.country))
            return
        company = self._organization()
        yield company
        chance = random.random()
        if chance < 0.15:
            yield from (self._branch(company) for _ in range(random.choice((1, 1, 2, 4))))
        elif chance < 0.20:
            sister = self._organization(company.country)
            first = company.organization.split()[0]
            yield replace(
                sister, organization=f"{first} {random.choice(_TRADES)}", street=company.street, number=company.number,
                city=company.city, postcode=company.postcode, phone=company.phone,
            )  # fmt: skip

    def _address(self, customer: Customer) -> Customer:
        random, country = self._random, customer.country
        towns = self._towns[country]
        city, codes = towns[int(len(towns) * random.random() ** 2)]
        street = random.choice(_STREETS[country]).format(self._family[country].draw(random))
        unit = str(random.randint(1, 600)) if random.random() < 0.12 else ""
        return replace(
            customer, street=street, number=int(random.paretovariate(0.9)) % 250 + random.randint(0, 60), unit=unit,
            city=city, postcode=random.choice(codes), phone=self._phone(), tax_id=self._tax_id(country),
        )  # fmt: skip

    def _phone(self) -> str:
        return f"{self._random.randint(20, 989)}{self._random.randint(1_000_000, 99_999_999)}"

    def _tax_id(self, country: str) -> str:
        return (
            f"{self._random.randint(10**8, 10**9 - 1)}"
            if country != "NL"
            else f"{self._random.randint(10**8, 10**9 - 1)}B01"
        )

    def _person(self) -> Customer:
        random = self._random
        country = self._countries.draw(random)
        given, family = self._given[country].draw(random), self._family[country].draw(random)
        middle = self._given[country].draw(random) if random.random() < 0.45 else ""
        born = (random.randint(1932, 2005), random.randint(1, 12), random.randint(1, 28))
        return self._address(
            Customer(country, given=given, middle=middle, family=family, born=born, email=self._email(given, family))
        )

    def _email(self, given: str, family: str) -> str:
        random = self._random
        local = random.choice((f"{given}.{family}", f"{given[:1]}{family}", f"{family}.{given}", f"{given}_{family}"))
        digits = str(random.randint(1, 9999)) if random.random() < 0.7 else ""
        return f"{local}{digits}@{random.choice(MAILS)}".lower().replace(" ", "")

    def _mate(self, person: Customer) -> Customer:
        other = self._person()
        return replace(
            person, given=self._given[person.country].draw(self._random), middle=other.middle, born=other.born,
            email=other.email, tax_id=other.tax_id,
            phone=person.phone if self._random.random() < 0.7 else other.phone,
        )  # fmt: skip

    def _organization(self, country: str | None = None) -> Customer:
        random = self._random
        country = country or self._countries.draw(random)
        first = self._family[country].draw(random)
        shape = random.random()
        name = f"{first} {random.choice(_TRADES)}"
        if shape < 0.2:
            name = f"{first} & {self._family[country].draw(random)}"
        elif shape < 0.4:
            name = f"{first} {random.choice(self._towns[country])[0]} {random.choice(_TRADES)}"
        domain = "".join(each for each in name.lower().replace("&", "-").replace(" ", "-") if each.isascii())
        email = f"{random.choice(('info', 'sales', 'office'))}@{domain}.{country.lower()}"
        form = random.choice(_FORMS[country])
        return self._address(Customer(country, organization=name, form=form, email=email))

    def _branch(self, company: Customer) -> Customer:
        moved = self._address(company)
        keeps_tax_id, keeps_phone = self._random.random() < 0.5, self._random.random() < 0.2
        # Half of them read the company's mailbox, half have one of their own.
        own_mailbox = f"{moved.city.lower().replace(' ', '-')}@{company.email.partition('@')[2]}"
        return replace(
            moved,
            tax_id=company.tax_id if keeps_tax_id else moved.tax_id,
            phone=company.phone if keeps_phone else moved.phone,
            email=company.email if self._random.random() < 0.5 else own_mailbox,
        )
