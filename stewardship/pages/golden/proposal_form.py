"""The form that proposes new values: a field for what may be changed, filled from the version that was shown."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.entity_types import Attribute, AttributeType
from mdm.models import GoldenRecord, GoldenVersion
from mdm.rules.documents import AttributeOwnership, Override
from mdm.rules.ownership import Ownership, ownership_of
from mdm.services.rule_sets import PublishedRules, published_rules
from stewardship.selectors.titles import system_labels

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


class ProposalForm(forms.Form):
    """A field for each attribute that may be changed here and one input can hold, and one for each part of an address.

    What a system owns is named so: its owner is asked to take the value over. `shown` is the version that the fields
    are filled from and compared with, None for the present one; `kept` is what was typed before, by field.
    """

    def __init__(
        self,
        record: GoldenRecord,
        data: Any = None,
        *,
        shown: GoldenVersion | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(kept or {}), label_suffix="")
        drawn_from = shown or record
        self._values: dict[str, Any] = drawn_from.document["attributes"]
        self._attributes = [
            attribute
            for attribute in _changeable(record)
            if _is_plain(attribute) or attribute.type is AttributeType.ADDRESS
        ]
        for attribute in self._attributes:
            if attribute.type is AttributeType.ADDRESS:
                for part in ADDRESS_PARTS:
                    self._add(f"{attribute.name}.{part}", _address_field(part), self._address(attribute).get(part))
            else:
                self._add(attribute.name, _field(attribute), self._values.get(attribute.name))
        self._tell_owners(record)
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=drawn_from.version)
        self.fields["pin"] = forms.BooleanField(
            label=_("Pin these values"), required=False, help_text=_("Sources do not change them until the pin ends.")
        )
        self.fields["pin_until"] = forms.DateField(
            label=_("Until"),
            required=False,
            widget=forms.DateInput({"type": "date"}),
            help_text=_("Empty: until somebody releases it. For a correction: how long its owner is asked."),
        )
        self.fields["reason"] = forms.CharField(
            label=_("Why"), widget=forms.TextInput, help_text=_("Approvers and later readers see this.")
        )

    def changed_values(self) -> dict[str, Any]:
        """Attributes whose value differs from the shown one. An emptied field says that there is no value."""
        values: dict[str, Any] = {}
        for attribute in self._attributes:
            if not any(name in self.data for name in self._fields_of(attribute)):
                continue  # it could not be changed when the form was drawn
            if attribute.type is AttributeType.ADDRESS:
                parts = {part: self.cleaned_data[f"{attribute.name}.{part}"] for part in ADDRESS_PARTS}
                value: Any = {part: text for part, text in parts.items() if text} or None
                old: Any = {part: text for part, text in self._address(attribute).items() if text} or None
            else:
                value, old = self._cleaned(attribute), self._values.get(attribute.name)
            if value != old:
                values[attribute.name] = value
        return values

    def typed(self) -> dict[str, Any]:
        """What was typed into the fields of changed attributes and beside them, to go on with at another version."""
        changed = self.changed_values()
        names = [name for each in self._attributes if each.name in changed for name in self._fields_of(each)]
        return {name: self.data.get(name) for name in (*names, "pin", "pin_until", "reason")}

    def pin_until(self) -> datetime | None:
        """The start of the day after the last on which the pins hold."""
        day: date | None = self.cleaned_data["pin_until"]
        if day is None:
            return None
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))

    def clean_pin_until(self) -> date | None:
        """A pin ends later than now."""
        day: date | None = self.cleaned_data["pin_until"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return day

    def tell(self, problems: list[dict[str, str]]) -> None:
        """Put each problem to its field by the JSON pointer."""
        for problem in problems:
            name = problem["pointer"].strip("/").replace("/", ".")
            self.add_error(name if name in self.fields else None, problem["detail"])

    def _fields_of(self, attribute: Attribute) -> list[str]:
        if attribute.type is AttributeType.ADDRESS:
            return [f"{attribute.name}.{part}" for part in ADDRESS_PARTS]
        return [attribute.name]

    def _tell_owners(self, record: GoldenRecord) -> None:
        labels, ownership = system_labels(), ownership_at(record, published_rules(record.entity_type))
        for name, field in self.fields.items():
            rule = ownership[name.partition(".")[0]]
            if rule.is_of_another_system:
                told = _("Owned by %(owner)s, which is asked to take it over.")
                owner = labels.get(str(rule.owner), str(rule.owner))
                field.help_text = f"{told % {'owner': owner}} {field.help_text or ''}".strip()

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


def _changeable(record: GoldenRecord) -> list[Attribute]:
    rules = published_rules(record.entity_type)
    owned = ownership_at(record, rules)
    return [attribute for attribute in rules.attributes if not is_forbidden(owned[attribute.name])]


def is_forbidden(ownership: AttributeOwnership) -> bool:
    """Whether only the owner may change it."""
    return ownership.is_of_another_system and ownership.override is Override.FORBID


def ownership_at(record: GoldenRecord, rules: PublishedRules) -> Ownership:
    """Who owns each attribute of this golden record."""
    return ownership_of(rules.document.ownership, record.document["attributes"])
