"""What the demo keeps between runs, and the secrets it makes for itself."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

TARGETS = ("crm", "erp")


@dataclass(frozen=True, slots=True)
class DemoPlaces:
    """Folders under the state directory."""

    state: Path

    @property
    def root(self) -> Path:
        return self.state / "demo"

    @property
    def extracts(self) -> Path:
        """What the two systems hold when they first start, and the truth files."""
        return self.root / "extracts"

    @property
    def targets(self) -> Path:
        """The two systems' own storage."""
        return self.root / "targets"

    @property
    def loaded_mark(self) -> Path:
        """Stands once the first load is complete."""
        return self.root / "loaded.json"

    def tokens(self) -> dict[str, str]:
        """The bearer token of each target, made on the first start and kept readable by its owner alone."""
        path = self.root / "tokens.json"
        if not path.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(json.dumps({name: secrets.token_urlsafe(24) for name in TARGETS}), encoding="utf-8")
        tokens: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return tokens


def token_variable(target: str) -> str:
    """The environment variable that carries a target's token to the hub's processes."""
    return f"ASSAY_DEMO_{target.upper()}_TOKEN"
