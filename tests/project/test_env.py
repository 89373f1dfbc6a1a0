from enum import StrEnum
from pathlib import Path

import pytest

from mdm.project.env import Environment, SettingError


class Shade(StrEnum):
    DARK = "dark"
    LIGHT = "light"


def reading(**values: str) -> Environment:
    return Environment(values)


def test_an_absent_variable_without_default_is_named() -> None:
    with pytest.raises(SettingError, match="ASSAY_SECRET_KEY must be set"):
        reading(ASSAY_SECRET_KEY="  ").text("ASSAY_SECRET_KEY")


@pytest.mark.parametrize(("value", "expected"), [("yes", True), ("0", False), ("", True), ("On", True)])
def test_a_flag_is_read_in_words(value: str, expected: bool) -> None:
    assert reading(X=value).flag("X", default=True) is expected


@pytest.mark.parametrize("value", ["nine", "0", "11", "1.5"])
def test_a_number_outside_its_range_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match="X must be a whole number from 1 to 10"):
        reading(X=value).integer("X", default=3, minimum=1, maximum=10)


def test_a_choice_names_what_may_be_chosen() -> None:
    assert reading(X="light").choice("X", default=Shade.DARK) is Shade.LIGHT
    with pytest.raises(SettingError, match="X must be one of dark, light"):
        reading(X="pink").choice("X", default=Shade.DARK)


def test_words_are_separated_by_commas() -> None:
    assert reading(X="a, b,,").words("X") == ("a", "b")
    assert reading().words("X", default=("c",)) == ("c",)


def test_a_relative_folder_is_refused() -> None:
    with pytest.raises(SettingError, match="absolute"):
        reading(X="var").folder("X", default=Path("/var"))


def test_a_database_behind_a_socket_directory_is_understood() -> None:
    address = reading(X="postgresql://assay_app@/assay?host=%2Frun%2Fhub&sslmode=disable").database("X")

    assert (address.name, address.user, address.host, address.port) == ("assay", "assay_app", "/run/hub", "")
    assert address.options == {"sslmode": "disable"}


def test_a_database_on_another_machine_is_understood() -> None:
    address = reading(X="postgres://u%40x:p%2Fw@db.example.com:6432/hub").database("X")

    assert (address.user, address.password, address.host, address.port) == ("u@x", "p/w", "db.example.com", "6432")


@pytest.mark.parametrize(
    "value",
    [
        "mysql://a:hunter2@b/c",
        "postgresql://a:hunter2@b",
        "postgresql://a:hunter2@b:99999999/c",
        "postgresql://[hunter2",
    ],
)
def test_a_bad_database_address_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(SettingError) as caught:
        reading(X=value).database("X")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["ftp://hub.example.com", "hub.example.com", "https://hub.example.com/path"])
def test_a_web_address_is_a_bare_origin(value: str) -> None:
    with pytest.raises(SettingError, match="X must"):
        reading(X=value).web_address("X", default="")


def test_redis_is_reached_by_its_own_schemes_only() -> None:
    assert reading(X="unix:///run/redis.sock?db=0").redis("X") == "unix:///run/redis.sock?db=0"
    with pytest.raises(SettingError, match="redis://"):
        reading(X="http://localhost").redis("X")


@pytest.mark.parametrize(
    "value", ["http://vies.example/api", "ftp://x", "https://", "https://a:b@x/api", "https://x/api?y=1"]
)
def test_a_service_is_called_over_https_or_on_this_machine(value: str) -> None:
    with pytest.raises(SettingError):
        reading(X=value).service("X")

    assert reading(X="https://vies.example/rest-api").service("X") == "https://vies.example/rest-api"
    assert reading(X="http://127.0.0.1:8200/rest-api").service("X") == "http://127.0.0.1:8200/rest-api"
    assert reading().service("X") == ""
