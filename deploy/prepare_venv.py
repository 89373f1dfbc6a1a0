"""Prepares `.venv/` from the lock and nothing else. Runs on a bare Python 3.11 or newer; repeating it is instant."""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".venv"
PYTHON = HOME / "bin" / "python"
LOCK = ROOT / "deploy" / "requirements.lock"
INSTALLER_LOCK = ROOT / "deploy" / "installer.lock"
INSTALLER = HOME / "installer"
STAMP = HOME / "lock.sha256"


def main() -> None:
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if _works() and STAMP.is_file() and STAMP.read_text() == wanted:
        print("make venv: .venv is up to date.")
        return
    STAMP.unlink(missing_ok=True)
    if not _works():
        _create()
    if not (_sync_with_uv() or _sync_with_pip()):
        sys.exit("make venv: FAILED, the dependencies could not be installed; the reason stands above.")
    STAMP.write_text(wanted)
    print("make venv: .venv is ready.")


def _works() -> bool:
    """Whether the environment's Python still runs; it does not after its system Python was replaced."""
    try:
        return _run(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))")
    except OSError:
        return False


def _create() -> None:
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"make venv: FAILED, this Python cannot make virtual environments. "
            f"On Debian or Ubuntu: apt-get install python{version}-venv"
        )
    print(f"Creating .venv with Python {sys.version.split()[0]}")
    venv.create(HOME, clear=True, with_pip=True, symlinks=True)


def _sync_with_uv() -> bool:
    """Several times faster than pip. The pinned one is kept apart, where a sync does not remove it."""
    uv = shutil.which("uv") or INSTALLER / "bin" / "uv"
    if not Path(uv).exists() and not _pip("--only-binary", ":all:", "--target", INSTALLER, "-r", INSTALLER_LOCK):
        return False
    return _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, LOCK)


def _sync_with_pip() -> bool:
    print("uv is of no use here; installing with pip, which takes longer.")
    return _pip("-r", LOCK)


def _pip(*arguments: str | Path) -> bool:
    common = ("install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes")
    return _run(PYTHON, "-m", "pip", *common, *arguments)


def _run(*command: str | Path) -> bool:
    return subprocess.run([str(part) for part in command], check=False, cwd=ROOT).returncode == 0


if __name__ == "__main__":
    main()
