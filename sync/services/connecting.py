"""Connecting a system by one file: address, settings, mappings. Checked whole before anything is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from matching.errors import RuleMistake
from mdm.actors import Actor
from mdm.mapping.parsing import parse_mapping
from mdm.models import SourceSystem, SystemMode
from mdm.rules.errors import InvalidDocument
from mdm.rules.reading import Reader
from mdm.services.systems import connect_system, put_mapping
from sync.connectors import connector_for, connectors

_KEYS = ("name", "label", "connector", "base_url", "credentials_reference", "mode", "settings", "mappings")


class InvalidSystemFile(InvalidDocument):
    """A system file that cannot be used."""

    code = "invalid_system_file"


@dataclass(frozen=True, slots=True)
class SystemFile:
    """What a system file says. Any: settings and mappings are documents of others, checked by whoever reads them."""

    name: str
    label: str
    connector: str
    base_url: str
    credentials_reference: str
    mode: SystemMode
    settings: Mapping[str, Any]
    mappings: tuple[Mapping[str, Any], ...]


def read_system_file(path: Path) -> SystemFile:
    """The file and the mappings beside it that it names. Raises InvalidDocument with every mistake, OSError."""
    mistakes: list[RuleMistake] = []
    read = Reader(_document(path), mistakes=mistakes)
    read.known_keys(_KEYS)
    names = read.names("mappings")
    if any(Path(name).is_absolute() or ".." in Path(name).parts for name in names):
        read.mistake("mappings", "must name files beside this one")
    told = SystemFile(
        name=read.text("name"),
        label=read.text("label"),
        connector=read.one_of("connector", connectors.names()),
        base_url=read.text("base_url").rstrip("/"),
        credentials_reference=read.text_or_none("credentials_reference") or "",
        mode=SystemMode(read.optional_text("mode", among=SystemMode.values) or SystemMode.SHADOW),
        settings=read.table("settings"),
        mappings=() if mistakes else tuple(_document(path.parent / name) for name in names),
    )
    if mistakes:
        raise InvalidSystemFile(mistakes)
    for mapping in told.mappings:
        if parse_mapping(mapping).system != told.name:
            raise InvalidSystemFile([RuleMistake("mappings", f"must all be of the system {told.name}")])
    # A connector refuses settings that it cannot use when it is made.
    connector_for(_as_system(told)).close()
    return told


@transaction.atomic
def connect(told: SystemFile, *, actor: Actor, at: datetime) -> SourceSystem:
    """Add the system with its mappings, or bring it up to date. Repeating it changes nothing.

    Raises InvalidMapping for an attribute that the rules in force do not have.
    """
    system = connect_system(
        told.name,
        label=told.label,
        connector=told.connector,
        base_url=told.base_url,
        credentials_reference=told.credentials_reference,
        settings=told.settings,
        mode=told.mode,
        actor=actor,
        at=at,
    )
    for mapping in told.mappings:
        put_mapping(system, mapping, actor=actor, at=at)
    return system


def _as_system(told: SystemFile) -> SourceSystem:
    return SourceSystem(
        name=told.name,
        label=told.label,
        connector=told.connector,
        base_url=told.base_url,
        credentials_reference=told.credentials_reference,
        settings=dict(told.settings),
    )


def _document(path: Path) -> Any:  # Any: parsed YAML
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"
        raise InvalidSystemFile([RuleMistake(path.name, f"is not YAML: {place}")]) from error
