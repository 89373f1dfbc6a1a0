"""What stops a start. Each group of starts runs in a process of its own, since settings are read at import."""

import json
import os
import subprocess
import sys

from mdm.project.supervisor.places import ROOT

START = """
import importlib, json, os, sys
from mdm.project.env import SettingError
settings, before = None, dict(os.environ)
for variables in json.loads(sys.argv[1]):
    os.environ.clear()
    os.environ.update(before | variables)
    try:
        settings = importlib.reload(settings) if settings else importlib.import_module("mdm.project.settings")
        print(settings.SESSION_COOKIE_SECURE, settings.ALLOWED_HOSTS, sorted(settings.DATABASES))
    except SettingError as error:
        print(error)
        settings = sys.modules.get("mdm.project.settings")
"""


def starts(*environments: dict[str, str]) -> list[str]:
    """One line for each environment: what was read, or why not."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("ASSAY_", "DATABASE_", "REDIS_"))
    }
    command = [sys.executable, "-c", START, json.dumps(environments)]
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_hub_on_this_machine_needs_nothing_and_a_public_one_names_what_it_lacks() -> None:
    public = {"ASSAY_PUBLIC_URL": "https://hub.example.com"}
    keyed = public | {"ASSAY_SECRET_KEY": "long and secret"}
    stored = keyed | {"DATABASE_URL": "postgresql://assay_app:pw@db/assay"}
    whole = stored | {"REDIS_URL": "rediss://:pw@cache:6379/0"}

    assert starts({}, public, keyed, stored, whole) == [
        "False ['127.0.0.1', 'localhost', '[::1]'] ['default', 'owner']",
        "ASSAY_SECRET_KEY must be set",
        "DATABASE_URL must be set",
        "REDIS_URL must be set",
        "True ['hub.example.com'] ['default']",
    ]


def test_what_runs_the_hub_gets_no_owner_unless_told_and_no_secret_is_repeated() -> None:
    app = {"DATABASE_URL": "postgresql://assay_app@/assay?host=/run/pg"}
    owner = app | {"ASSAY_OWNER_DATABASE_URL": "postgresql://assay_owner@/assay?host=/run/pg"}

    without, told, wrong = starts(app, owner, {"DATABASE_URL": "mysql://assay:hunter2@db/assay"})

    assert without.endswith("['default']")
    assert told.endswith("['default', 'owner']")
    assert wrong == "DATABASE_URL must start with postgresql://"
