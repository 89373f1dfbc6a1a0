"""The signing key of a hub that runs on this machine only."""

import os
import secrets
from pathlib import Path


def local_secret_key(state: Path) -> str:
    """The key kept in `state/secret_key`, made on first use and readable by its owner only."""
    file = state / "secret_key"
    state.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"secret_key.{os.getpid()}")
    try:
        return file.read_text()
    except FileNotFoundError:
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
    try:
        # Two first starts at once must agree: linking fails for the second.
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return file.read_text()
