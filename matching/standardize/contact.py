"""Phones, e-mail addresses and web sites."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from matching.standardize.kinds import Alternatives, Cell, standardizers
from matching.standardize.text import ascii_digits, distinct

_EXTENSION = re.compile(r"(?<!\s)\s*(?:ext|extension|x|#)\.?\s*(\d+)\s*$", re.IGNORECASE)
_NO_DIGITS = re.compile(r"[^0-9]+")
_MAILBOX = re.compile(r"<([^<>]+@[^<>]+)>")
_SCHEME = re.compile(r"^[a-z]+:/*", re.IGNORECASE)
# Second labels under which countries let others register: acme.co.uk, acme.com.br.
_SHARED_LABELS = frozenset(
    ["ac", "co", "com", "edu", "gob", "gov", "ltd", "ne", "net", "nom", "or", "org", "plc", "sch"]
)
NATIONAL_DIGITS = 9
FREE_MAIL = frozenset(
    [
        "gmail",
        "googlemail",
        "yahoo",
        "hotmail",
        "outlook",
        "live",
        "msn",
        "aol",
        "icloud",
        "me",
        "gmx",
        "web",
        "mail",
        "orange",
        "wanadoo",
        "free",
        "btinternet",
        "ziggo",
        "libero",
        "tiscali",
        "t-online",
        "yandex",
        "protonmail",
        "proton",
        "comcast",
        "verizon",
        "att",
        "sbcglobal",
        "qq",
        "163",
        "126",
        "naver",
        "daum",
    ]
)


@lru_cache(maxsize=200_000)
def standardize_phone(value: str, country: str = "") -> str:
    """E.164 where the number is valid (`country` is ISO alpha-2, for numbers without prefix), else its digits."""
    stripped = _without_extension(ascii_digits(value))
    try:
        parsed = phonenumbers.parse(stripped, country or None)
    except phonenumbers.NumberParseException:
        return _NO_DIGITS.sub("", stripped)
    if phonenumbers.is_valid_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return _NO_DIGITS.sub("", stripped)


def phone_extension(value: str) -> str:
    """The digits behind `ext.`, `x` or `#` at the end of a number; "" when there are none."""
    found = _EXTENSION.search(value)
    return found.group(1) if found else ""


def _without_extension(value: str) -> str:
    # Most numbers have none, and the search for one is slow.
    return _EXTENSION.sub("", value) if "x" in value or "X" in value or "#" in value else value


@lru_cache(maxsize=500_000)
def national_digits(value: str) -> str:
    """The last nine digits: what stays the same with or without country code, trunk zero and separators."""
    digits = _NO_DIGITS.sub("", _without_extension(ascii_digits(value))).lstrip("0")
    return digits[-NATIONAL_DIGITS:] if len(digits) >= 6 and len(set(digits)) > 1 else ""


@lru_cache(maxsize=500_000)
def standardize_email(value: str) -> str:
    """Lower-case address without display name or +tag; "" when it isn't an address."""
    found = _MAILBOX.search(value) if "<" in value else None
    address = (found.group(1) if found else value).strip().strip('"').lower()
    local, at, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local}@{domain.strip('.')}" if at and local and domain and " " not in address else ""


@lru_cache(maxsize=500_000)
def standardize_website(value: str) -> str:
    """Host and path without scheme, `www.` and query."""
    rest = _SCHEME.sub("", value.strip().lower()).partition("?")[0].partition("#")[0]
    host, _, path = rest.partition("/")
    host = host.rpartition("@")[2].partition(":")[0].removeprefix("www.").strip(".")
    return f"{host}/{path.strip('/')}".rstrip("/") if "." in host else ""


def is_free_mail(domain: str) -> bool:
    """Whether anybody can get an address at this domain, so that sharing it says little."""
    return own_label(domain) in FREE_MAIL


def own_label(host: str) -> str:
    """What its owner chose of a host: `acme` of `acme.com`, `www.acme.co.uk` and `mail.acme.com`."""
    return own_domain(host).partition(".")[0]


def own_domain(host: str) -> str:
    """What its owner registered: `acme.co.uk` of `shop.acme.co.uk`."""
    labels = host.split(".")
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED_LABELS else 2
    return ".".join(labels[-size:])


@standardizers.register("phone")
def phone_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each phone by its last nine digits."""
    return distinct([national_digits(each) for alternatives in values for each in alternatives])


@standardizers.register("email")
def email_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each e-mail address."""
    return distinct([standardize_email(each) for alternatives in values for each in alternatives])


@standardizers.register("website")
def website_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each web site as host and path."""
    return distinct([standardize_website(each) for alternatives in values for each in alternatives])
