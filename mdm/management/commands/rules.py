"""`manage.py rules list|export|draft|declare|learn|diff|publish|unowned`: the versions of an entity type's rules."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.actors import operator
from mdm.entity_types import Attribute, AttributeType, ReviewKind, entity_types
from mdm.errors import HubError, StateConflict
from mdm.management.rollouts import as_json, carried_on, tell
from mdm.models import RuleSet, SourceSystem
from mdm.rules.declared import DECLARABLE
from mdm.rules.differences import ABSENT, differences
from mdm.rules.documents import Override
from mdm.rules.files import from_yaml, to_yaml
from mdm.selectors.as_of import rule_set_as_of
from mdm.selectors.rollouts import open_rollouts
from mdm.selectors.unowned import unowned_attributes
from mdm.services.declared_attributes import Terms, with_declared
from mdm.services.rollouts.carrying import AT_ONCE
from mdm.services.rule_set_versions import draft_rule_set, publish_draft, version_of
from mdm.services.rule_sets import published_rules, rules_of
from mdm.services.training import draft_trained_model
from mdm.survivorship.strategies import strategies


class Command(BaseCommand):
    help = (
        "List, export, draft, learn, compare and publish versions of an entity type's rules; declare attributes; "
        "say what nobody owns."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        _action(actions, "list", "show every version and its state")
        export = _action(actions, "export", "write a version as YAML")
        which = export.add_mutually_exclusive_group()
        which.add_argument("--number", type=int, help="default: the version in force")
        which.add_argument("--as-of", type=_time, metavar="TIME", help="the version in force at this RFC 3339 time")
        export.add_argument("--out", type=Path, help="default: standard output")
        draft = actions.add_parser("draft", help="keep an edited file as a draft; nothing changes yet")
        draft.add_argument("file", type=Path, help="YAML as `export` writes it; - reads standard input")
        draft.add_argument("--note", default="", help="what was changed, and why")
        _declaring(_action(actions, "declare", "draft a version with one attribute more; no migration is needed"))
        _action(actions, "learn", "draft a model learned from the records and from stewards' decisions")
        diff = _action(actions, "diff", "say what differs between two versions, one line each")
        diff.add_argument("old", type=int)
        diff.add_argument("new", type=int)
        publish = _action(actions, "publish", "put a draft in force")
        publish.add_argument("number", type=int)
        publish.add_argument(
            "--without-rehearsal", default="", metavar="REASON", help="why it need not be rehearsed first; kept"
        )
        publish.add_argument("--no-wait", action="store_true", help="leave the rollout's batches to the worker")
        publish.add_argument("--batch", type=int, default=AT_ONCE, help=f"records a transaction ({AT_ONCE})")
        publish.add_argument("--json", action="store_true", help="one JSON object at the end, no progress bar")

        _action(actions, "unowned", "say which attributes no system owns, and how often values compete for them")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if "entity_type" in options:
                options["entity_type"] = entity_types.get(options["entity_type"]).name
            getattr(self, f"_{options['action']}")(options)
        except HubError as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        for each in RuleSet.objects.filter(entity_type=options["entity_type"]).order_by("number"):
            when = each.published_at or each.created_at
            self.stdout.write(
                f"{each.number:>4}  {each.state:<10}  {when:%Y-%m-%d %H:%M}  {each.created_by}  {each.note}"
            )

    def _export(self, options: dict[str, Any]) -> None:
        kind, at = options["entity_type"], options["as_of"]
        found = version_of(kind, options["number"]) if at is None else rule_set_as_of(kind, at)
        text = to_yaml(rules_of(found).document, entity_type=found.entity_type, version=found.number)
        if options["out"]:
            options["out"].write_text(text, encoding="utf-8")
        self.stdout.write(f"Version {found.number} is written." if options["out"] else text)

    def _draft(self, options: dict[str, Any]) -> None:
        file = from_yaml(_text(options["file"]))
        in_force = version_of(entity_types.get(file.entity_type).name)
        if file.version not in (None, in_force.number):
            raise StateConflict(
                f"The file comes from version {file.version}, but {in_force.number} is in force by now; "
                "bring its changes into a fresh export."
            )
        draft = draft_rule_set(
            file.entity_type, file.document, model=None, actor=operator(), at=timezone.now(), note=options["note"]
        )
        self.stdout.write(f"Version {draft.number} of the {file.entity_type} rules is drafted.")
        if rules_of(draft).model.trained_on == 0 < rules_of(in_force).model.trained_on:
            self.stdout.write("Its match rules are others, so it takes the shipped weights; train it once in force.")

    def _declare(self, options: dict[str, Any]) -> None:
        in_force = version_of(options["entity_type"])
        attribute, terms = _declaration(options)
        draft = draft_rule_set(
            in_force.entity_type,
            with_declared(rules_of(in_force).document, attribute, terms),
            model=rules_of(in_force).model,
            actor=operator(),
            at=timezone.now(),
            note=options["note"] or f"Declares {attribute.name}",
        )
        self.stdout.write(f"Version {draft.number} of the {draft.entity_type} rules is drafted.")
        if terms.owner and not SourceSystem.objects.filter(name=terms.owner).exists():
            self.stdout.write(f"No system named {terms.owner} is connected yet.")

    def _learn(self, options: dict[str, Any]) -> None:
        draft = draft_trained_model(options["entity_type"], actor=operator(), at=timezone.now())
        if draft is None:
            raise CommandError("There are too few records to learn from; the model in force knows more.")
        self.stdout.write(f"Version {draft.number} of the {draft.entity_type} rules is drafted. {draft.note}")

    def _diff(self, options: dict[str, Any]) -> None:
        old, new = (version_of(options["entity_type"], options[name]) for name in ("old", "new"))
        for each in differences(rules_of(old).document.to_document(), rules_of(new).document.to_document()):
            self.stdout.write(f"{each.path}: {_said(each.old)} → {_said(each.new)}")
        if old.match_model != new.match_model:
            self.stdout.write(f"match model: {str(old.match_model)[-12:]} → {str(new.match_model)[-12:]}")
            before, after = (", ".join(rules_of(each).model.unique_sources) or "none" for each in (old, new))
            if before != after:
                self.stdout.write(f"sources free of duplicates: {before} → {after}")

    def _publish(self, options: dict[str, Any]) -> None:
        publish_draft(
            options["entity_type"],
            options["number"],
            actor=operator(),
            at=timezone.now(),
            without_rehearsal=options["without_rehearsal"].strip(),
        )
        rollout = open_rollouts(options["entity_type"]).filter(rule_set__number=options["number"]).first()
        if rollout is not None and not options["no_wait"]:
            rollout = carried_on(rollout, batch=options["batch"], quiet=options["json"])
        in_force = version_of(options["entity_type"])
        if options["json"]:
            said = {"entity_type": in_force.entity_type, "in_force": in_force.number}
            self.stdout.write(json.dumps({**said, "rollout": as_json(rollout) if rollout else None}))
            return
        if rollout is not None:
            tell(self, rollout)
        self.stdout.write(f"Version {in_force.number} of the {in_force.entity_type} rules is in force.")

    def _unowned(self, options: dict[str, Any]) -> None:
        found = unowned_attributes(options["entity_type"], published_rules(options["entity_type"]).document)
        for each in found:
            sometimes = "" if each.always else "  (owned in some golden records)"
            self.stdout.write(
                f"{each.attribute:<24} values compete in {each.competing} of {each.told} golden records{sometimes}"
            )
        if not found:
            self.stdout.write("Every attribute has an owner.")


def _action(actions: Any, name: str, summary: str) -> ArgumentParser:  # argparse has no public type for `actions`
    parser: ArgumentParser = actions.add_parser(name, help=summary)
    parser.add_argument("entity_type", help="customer, product, location or pricing_agreement")
    return parser


def _declaring(declare: ArgumentParser) -> None:
    declare.add_argument("name", help="small letters, digits and _")
    declare.add_argument("--label", required=True, help="what people read")
    declare.add_argument("--type", required=True, choices=[str(each) for each in DECLARABLE])
    declare.add_argument("--group", default="description", choices=[str(each) for each in ReviewKind])
    declare.add_argument("--owner", help="the system of record; left out, the attribute is shared")
    declare.add_argument("--strategy", choices=strategies.names(), help="default: by owner, union for a collection")
    declare.add_argument("--receivers", default="", help="systems, with commas; default: all that receive anything")
    declare.add_argument("--override", default="show", choices=[str(each) for each in Override])
    declare.add_argument("--choices", default="", help="for the type choice: the values, with commas")
    declare.add_argument("--target", default="", help="for the type reference: the entity type it leads to")
    declare.add_argument("--personal", action="store_true", help="it is personal data")
    declare.add_argument("--required", action="store_true", help="a record without it is quarantined")
    declare.add_argument("--note", default="", help="why")


def _declaration(options: dict[str, Any]) -> tuple[Attribute, Terms]:
    attribute = Attribute(
        name=options["name"],
        label=options["label"],
        type=AttributeType(options["type"]),
        group=ReviewKind(options["group"]),
        required=options["required"],
        personal=options["personal"],
        choices=_listed(options["choices"]),
        target=options["target"],
    )
    usual = "system_of_record" if options["owner"] else "most_trusted"
    strategy = options["strategy"] or ("union" if attribute.type is AttributeType.COLLECTION else usual)
    return attribute, Terms(options["owner"], strategy, _listed(options["receivers"]), Override(options["override"]))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _text(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read as UTF-8 text.") from error


def _said(value: Any) -> str:
    return "absent" if value is ABSENT else json.dumps(value, ensure_ascii=False)


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not a time such as 2026-01-31T12:00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
