"""Typed readers of environment variables. Each one stops the start with a sentence that names the variable."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class SettingError(Exception):
    """An environment variable is missing or malformed. The message never repeats the value: it may be a secret."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable} {problem}")
        self.variable = variable


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a PostgreSQL database is and who connects. A host that starts with "/" is a socket directory."""

    name: str
    user: str
    password: str
    host: str
    port: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Environment:
    """Reads settings out of `values`; an empty value counts as absent."""

    values: Mapping[str, str]

    def text(self, variable: str, *, default: str | None = None) -> str:
        """Raises SettingError when absent and no default is given."""
        value = self.values.get(variable, "").strip()
        if value:
            return value
        if default is None:
            raise SettingError(variable, "must be set")
        return default

    def flag(self, variable: str, *, default: bool) -> bool:
        value = self.text(variable, default="").lower()
        if not value:
            return default
        if value in TRUE_WORDS | FALSE_WORDS:
            return value in TRUE_WORDS
        raise SettingError(variable, f"must be one of {', '.join(sorted(TRUE_WORDS | FALSE_WORDS))}")

    def integer(self, variable: str, *, default: int, minimum: int, maximum: int) -> int:
        value = self.text(variable, default=str(default))
        problem = f"must be a whole number from {minimum} to {maximum}"
        try:
            number = int(value)
        except ValueError as error:
            raise SettingError(variable, problem) from error
        if not minimum <= number <= maximum:
            raise SettingError(variable, problem)
        return number

    def choice(self, variable: str, *, default: ChoiceT) -> ChoiceT:
        value = self.text(variable, default=default)
        kind = type(default)
        if value not in list(kind):
            raise SettingError(variable, f"must be one of {', '.join(kind)}")
        return kind(value)

    def words(self, variable: str, *, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A comma-separated list; empty parts are dropped."""
        value = self.text(variable, default="")
        return tuple(word.strip() for word in value.split(",") if word.strip()) or default

    def folder(self, variable: str, *, default: Path) -> Path:
        """An absolute path; a relative one would mean another folder in each working directory."""
        path = Path(self.text(variable, default=str(default)))
        if not path.is_absolute():
            raise SettingError(variable, "must be an absolute path")
        return path

    def web_address(self, variable: str, *, default: str) -> SplitResult:
        """An http or https address without path, such as https://hub.example.com."""
        address = _split(variable, self.text(variable, default=default))
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise SettingError(variable, "must be an address such as https://hub.example.com")
        if address.path not in {"", "/"} or address.query or address.fragment:
            raise SettingError(variable, "must have no path, query or fragment")
        return address

    def service(self, variable: str) -> str:
        """An https address, or http on this machine, that another program is called at; "" when absent."""
        text = self.text(variable, default="")
        if not text:
            return ""
        address = _split(variable, text)
        local = address.hostname in {"127.0.0.1", "localhost", "::1"}
        if not address.hostname or (address.scheme != "https" and not (local and address.scheme == "http")):
            raise SettingError(variable, "must be an https address")
        if address.username or address.password or address.query or address.fragment:
            raise SettingError(variable, "must have no user, query or fragment")
        return text

    def database(self, variable: str, *, default: str | None = None) -> DatabaseAddress:
        """postgresql://user:password@host:port/name?host=/socket/directory&sslmode=require"""
        address = _split(variable, self.text(variable, default=default))
        if address.scheme not in {"postgresql", "postgres"}:
            raise SettingError(variable, "must start with postgresql://")
        name = unquote(address.path.removeprefix("/"))
        if not name:
            raise SettingError(variable, "must end with the name of a database")
        options = {key: found[-1] for key, found in parse_qs(address.query).items()}
        return DatabaseAddress(
            name=name,
            user=unquote(address.username or options.pop("user", "")),
            password=unquote(address.password or options.pop("password", "")),
            host=unquote(address.hostname or "") or options.pop("host", ""),
            port=str(address.port or options.pop("port", "")),
            options=options,
        )

    def redis(self, variable: str, *, default: str | None = None) -> str:
        """redis://, rediss:// or unix:///path/to/socket?db=0, as redis-py reads it."""
        value = self.text(variable, default=default)
        if _split(variable, value).scheme not in {"redis", "rediss", "unix"}:
            raise SettingError(variable, "must start with redis://, rediss:// or unix://")
        return value


def _split(variable: str, value: str) -> SplitResult:
    """Raises SettingError, without the value, for what the standard library cannot take apart."""
    try:
        address = urlsplit(value)
        _ = address.port
    except ValueError as error:
        raise SettingError(variable, "is not a valid address") from error
    return address
