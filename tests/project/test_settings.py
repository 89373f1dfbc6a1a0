"""What stops a start, in a process of its own: settings are read once."""

import os
import subprocess
import sys

from mdm.project.supervisor.places import ROOT

PUBLIC = "https://hub.example.com"


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("ASSAY_", "DATABASE_", "REDIS_"))
    }
    script = "import mdm.project.settings as s; print(s.SESSION_COOKIE_SECURE, s.ALLOWED_HOSTS, sorted(s.DATABASES))"
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**clean, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_hub_on_this_machine_needs_nothing() -> None:
    assert start().stdout == "False ['127.0.0.1', 'localhost', '[::1]'] ['default', 'owner']\n"


def test_a_public_hub_names_the_first_thing_it_lacks() -> None:
    given = {"ASSAY_PUBLIC_URL": PUBLIC}
    for name, value in {
        "ASSAY_SECRET_KEY": "long and secret",
        "DATABASE_URL": "postgresql://assay_app:pw@db/assay",
        "REDIS_URL": "rediss://:pw@cache:6379/0",
    }.items():
        refused = start(**given)
        assert f"{name} must be set" in refused.stderr
        given[name] = value

    assert start(**given).stdout == "True ['hub.example.com'] ['default']\n"


def test_what_runs_the_hub_gets_no_owner_unless_told() -> None:
    told = start(
        DATABASE_URL="postgresql://assay_app@/assay?host=/run/pg",
        ASSAY_OWNER_DATABASE_URL="postgresql://assay_owner@/assay?host=/run/pg",
    )
    assert "['default', 'owner']" in told.stdout
    assert "['default']" in start(DATABASE_URL="postgresql://assay_app@/assay?host=/run/pg").stdout


def test_no_secret_is_repeated_in_the_refusal() -> None:
    refused = start(DATABASE_URL="mysql://assay:hunter2@db/assay")

    assert "DATABASE_URL must start with postgresql://" in refused.stderr
    assert "hunter2" not in refused.stderr
