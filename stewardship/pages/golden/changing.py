"""The form that proposes new values for the attributes that no system owns."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.entity_types import Attribute, AttributeType, attributes_of
from mdm.errors import InvalidValues
from mdm.models import GoldenRecord
from mdm.rules.ownership import ownership_of
from mdm.services.change_requests import propose_change
from mdm.services.rule_sets import PublishedRules, published_rules
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.pages.golden.view import found_record
from stewardship.selectors.titles import system_labels

HUB = "hub"
ADDRESS_PARTS = ("street", "house_number", "unit", "city", "region", "postcode", "country")
_PLAIN = {
    AttributeType.TEXT,
    AttributeType.INTEGER,
    AttributeType.DECIMAL,
    AttributeType.DATE,
    AttributeType.BOOLEAN,
    AttributeType.CHOICE,
}

_NUMBERS: dict[AttributeType, type[forms.Field]] = {
    AttributeType.INTEGER: forms.IntegerField,
    AttributeType.DECIMAL: forms.DecimalField,
}


@steward_page(Permission.PROPOSE)
def edit(request: Steward, public_id: str) -> HttpResponse:
    """Propose values; what the policy leaves free holds at once, the rest waits for an approver."""
    record = found_record(public_id)
    form = ProposalForm(record, request.POST or None)
    if request.method == "POST" and form.is_valid():
        changed = form.changed_values()
        if not changed:
            messages.info(request, _("Nothing was changed."))
            return redirect("golden-record", public_id=public_id)
        with TellingRefusals(request):
            try:
                proposal = propose_change(
                    record, changed, reason=form.cleaned_data["reason"], actor=actor_of(request), at=timezone.now()
                )
            except InvalidValues as error:
                form.tell(error.problems)
            else:
                messages.success(
                    request,
                    _("Proposed. It waits for an approver.") if proposal.needs_approval else _("Changed."),
                )
                return redirect("golden-record", public_id=public_id)
    return render(
        request,
        "pages/golden/changing.html",
        {"record": record, "form": form, "owned": _owned(record)},
    )


class ProposalForm(forms.Form):
    """A field for each attribute that no system owns and one input can hold, and one for each part of an address."""

    def __init__(self, record: GoldenRecord, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self._values: dict[str, Any] = record.document["attributes"]
        self._attributes = [
            attribute
            for attribute in _unowned(record)
            if _is_plain(attribute) or attribute.type is AttributeType.ADDRESS
        ]
        for attribute in self._attributes:
            if attribute.type is AttributeType.ADDRESS:
                for part in ADDRESS_PARTS:
                    self._add(f"{attribute.name}.{part}", _address_field(part), self._address(attribute).get(part))
            else:
                self._add(attribute.name, _field(attribute), self._values.get(attribute.name))
        self.fields["reason"] = forms.CharField(
            label=_("Why"), widget=forms.TextInput, help_text=_("Approvers and later readers see this.")
        )

    def changed_values(self) -> dict[str, Any]:
        """Attributes whose value differs from the golden record's. An emptied field says that there is no value."""
        values: dict[str, Any] = {}
        for attribute in self._attributes:
            if attribute.type is AttributeType.ADDRESS:
                parts = {part: self.cleaned_data[f"{attribute.name}.{part}"] for part in ADDRESS_PARTS}
                value: Any = {part: text for part, text in parts.items() if text} or None
                old: Any = {part: text for part, text in self._address(attribute).items() if text} or None
            else:
                value, old = self._cleaned(attribute), self._values.get(attribute.name)
            if value != old:
                values[attribute.name] = value
        return values

    def tell(self, problems: list[dict[str, str]]) -> None:
        """Put each problem to its field by the JSON pointer."""
        for problem in problems:
            name = problem["pointer"].strip("/").replace("/", ".")
            self.add_error(name if name in self.fields else None, problem["detail"])

    def _cleaned(self, attribute: Attribute) -> Any:
        value = self.cleaned_data[attribute.name]
        if value in ("", None):
            return None
        if attribute.type is AttributeType.COLLECTION:
            return [line.strip() for line in value.splitlines() if line.strip()]
        if attribute.type is AttributeType.DATE:
            return value.isoformat()
        if attribute.type is AttributeType.DECIMAL:
            return format(value, "f")
        if attribute.type is AttributeType.BOOLEAN:
            return value == "true"
        return value

    def _add(self, name: str, field: forms.Field, initial: Any) -> None:
        if isinstance(initial, bool):
            initial = str(initial).lower()
        field.initial = "\n".join(map(str, initial)) if isinstance(initial, list) else initial
        self.fields[name] = field

    def _address(self, attribute: Attribute) -> dict[str, Any]:
        return dict(self._values.get(attribute.name) or {})


def _field(attribute: Attribute) -> forms.Field:
    """The form field of an attribute that one input can hold."""
    label, required = attribute.label, attribute.required
    choices = _choices(attribute)
    if choices:
        return forms.ChoiceField(label=label, required=required, choices=[("", "—"), *choices])
    if attribute.type is AttributeType.COLLECTION:
        lines = forms.Textarea({"rows": 3})
        return forms.CharField(label=label, required=required, widget=lines, help_text=_("One on each line"))
    if attribute.type is AttributeType.DATE:
        return forms.DateField(label=label, required=required, widget=forms.DateInput({"type": "date"}))
    if attribute.type in _NUMBERS:
        return _NUMBERS[attribute.type](label=label, required=required)
    return forms.CharField(label=label, required=required, max_length=attribute.max_length)


def _choices(attribute: Attribute) -> list[tuple[str, str]]:
    if attribute.type is AttributeType.BOOLEAN:
        return [("true", _("yes")), ("false", _("no"))]
    return [(choice, choice.replace("_", " ")) for choice in attribute.choices]


def _is_plain(attribute: Attribute) -> bool:
    """Whether one input can hold it: a single value, or a list of single values."""
    return attribute.type in _PLAIN or (attribute.type is AttributeType.COLLECTION and not attribute.item)


def _address_field(part: str) -> forms.Field:
    label = part.replace("_", " ").capitalize()
    limit = 2 if part == "country" else 300
    help_text = _("Two letters, such as DE") if part == "country" else ""
    return forms.CharField(label=label, required=False, max_length=limit, help_text=help_text)


def _unowned(record: GoldenRecord) -> list[Attribute]:
    rules = published_rules(record.entity_type)
    owners = _owners(record, rules)
    return [
        attribute
        for attribute in attributes_of(record.entity_type, rules.number)
        if owners[attribute.name] in (None, HUB)
    ]


def _owned(record: GoldenRecord) -> list[tuple[str, str]]:
    """Label and owner of each attribute that must be changed in its system of record."""
    rules, labels = published_rules(record.entity_type), system_labels()
    owners = _owners(record, rules)
    return [
        (attribute.label, labels.get(owner, owner))
        for attribute in attributes_of(record.entity_type, rules.number)
        if (owner := owners[attribute.name]) not in (None, HUB)
    ]


def _owners(record: GoldenRecord, rules: PublishedRules) -> dict[str, str | None]:
    ownership = ownership_of(rules.document.ownership, record.document["attributes"])
    return {name: rule.owner for name, rule in ownership.items()}
