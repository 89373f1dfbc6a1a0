#!/usr/bin/env python
"""The hub's one command line: `python manage.py VERB`."""

import os
import sys

from django.core.management import execute_from_command_line

from mdm.project.env import SettingError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")
    try:
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(f"The hub cannot start: {error}.")


if __name__ == "__main__":
    main()
