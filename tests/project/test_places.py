import os
from pathlib import Path

import pytest

from mdm.project.supervisor.places import (
    LONGEST_SOCKET_NAME,
    SOCKET_PATH_LIMIT,
    PlaceError,
    Places,
    private_directory,
)


@pytest.mark.parametrize("depth", [1, 200])
def test_a_socket_path_always_fits(tmp_path: Path, depth: int) -> None:
    places = Places(state=tmp_path / ("deep" * depth), for_tests=True)

    for directory in (places.postgres_sockets, places.redis_socket.parent):
        assert len(os.fsencode(directory)) + LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT


def test_two_checkouts_never_share_a_place(tmp_path: Path) -> None:
    here, there = (Places(state=tmp_path / name / ("deep" * 40), for_tests=False) for name in ("a", "b"))

    assert here.postgres != there.postgres
    assert here.redis_socket != there.redis_socket


def test_tests_never_meet_the_data_of_the_demo(tmp_path: Path) -> None:
    tests, demo = (Places(state=tmp_path, for_tests=flag) for flag in (True, False))

    assert tests.postgres != demo.postgres
    assert tests.database_url() != demo.database_url()
    assert tests.redis_url != demo.redis_url


def test_a_directory_planted_by_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    planted = tmp_path / "run"
    planted.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PlaceError, match="somebody else"):
        private_directory(planted)


def test_a_private_directory_is_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir(mode=0o755)

    assert private_directory(path).stat().st_mode & 0o777 == 0o700
