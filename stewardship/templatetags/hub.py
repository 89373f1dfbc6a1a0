"""What templates of the stewards' pages may say beyond Django's own."""

import json
from datetime import datetime

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.timezone import now
from django.utils.translation import gettext as _

from mdm.entity_types import entity_types
from mdm.value_texts import price_text
from stewardship.differences import Line

register = template.Library()
register.filter("price", price_text)


@register.filter
def as_del(line: Line) -> SafeString:
    """A line with what the other side lacks as `<del>`."""
    return _tagged(line, "del")


@register.filter
def as_ins(line: Line) -> SafeString:
    """A line with what the other side lacks as `<ins>`."""
    return _tagged(line, "ins")


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """How long ago in one unit, the exact time at hand."""
    if moment is None:
        return SafeString("")
    words = _("just now") if (now() - moment).total_seconds() < 60 else _("%s ago") % timesince(moment, depth=1)
    return _time(moment, words)


@register.filter
def due(moment: datetime | None) -> SafeString:
    """How long until it is due, or since it was, in one unit."""
    if moment is None:
        return SafeString("")
    if moment < now():
        return _time(moment, _("%s overdue") % timesince(moment, depth=1))
    return _time(moment, _("due in %s") % timeuntil(moment, depth=1))


@register.filter
def is_past(moment: datetime | None) -> bool:
    """Whether the moment is over."""
    return moment is not None and moment < now()


@register.filter
def entity_label(name: str) -> str:
    """What people call one thing of this entity type."""
    return entity_types.get(name).label if name in entity_types else ""


@register.filter
def entity_label_plural(name: str) -> str:
    """What people call several things of this entity type."""
    return entity_types.get(name).label_plural if name in entity_types else ""


@register.filter
def bits(weight: float | None) -> str:
    """A match weight with its sign and its unit."""
    return "" if weight is None else f"{weight:+.1f}".replace("-", "−") + " " + _("bits")


@register.simple_tag
def key(letter: str) -> SafeString:
    """The key that does the same as the button it stands on."""
    return format_html('<kbd aria-hidden="true">{}</kbd>', letter)


def _tagged(line: Line, tag: str) -> SafeString:
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<{}>{}</{}>", SafeString(tag), piece.text, SafeString(tag)),)
            if piece.changed
            else (conditional_escape(piece.text),)
            for piece in line
        ),
    )


def _time(moment: datetime, words: str) -> SafeString:
    exact = moment.strftime("%Y-%m-%d %H:%M UTC")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, words)


@register.filter
def age(moment: datetime) -> SafeString:
    """How long it has been, in one unit."""
    return _time(moment, timesince(moment, depth=1))


@register.filter
def thousands(number: int) -> str:
    """A count with separators."""
    return f"{number:,}"


@register.filter
def percent(share: float) -> str:
    """A share from 0 to 1 in whole percent; anything short of all is never called 100."""
    return f"{min(round(share * 100), 99) if share < 1 else 100} %"


@register.filter(name="json")
def as_json(value: object) -> str:
    """A payload as its system sent it, laid out to be read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def words(name: str) -> str:
    """A name of the code's as words."""
    return name.replace("_", " ")
