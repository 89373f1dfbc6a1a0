"""Days, in whatever order a system writes them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from mdm.entity_types.base import JsonValue
from mdm.mapping.transforms import transforms
from mdm.mapping.transforms.base import Transform, Unreadable, text_of
from mdm.rules.reading import Reader


@transforms.register("date")
@dataclass(frozen=True, slots=True)
class Day(Transform):
    """A date. The first of `formats` that reads it counts and the first is written.

    `empty` and `open_end` are the wire's texts for no date; the latter is written for it if there is one. `inclusive`
    marks a last day: canonically validity ends the day after.
    """

    reads_empty: ClassVar[bool] = True

    formats: tuple[str, ...] = ("%Y-%m-%d",)
    empty: str | None = None
    open_end: str | None = None
    inclusive: bool = False

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("formats", "empty", "open_end", "inclusive"))
        return cls(
            read.names("formats") if "formats" in read else ("%Y-%m-%d",),
            read.text_or_none("empty"),
            read.text_or_none("open_end"),
            read.flag("inclusive", default=False),
        )

    def read(self, raw: JsonValue) -> JsonValue:
        if raw in (None, ""):
            return None
        text = text_of(raw)
        if text in (self.empty, self.open_end):
            return None
        day = self._parsed(text)
        try:
            return (day + timedelta(days=1) if self.inclusive else day).isoformat()
        except OverflowError:
            return None

    def write(self, value: JsonValue) -> JsonValue:
        day = date.fromisoformat(value)
        return (day - timedelta(days=1) if self.inclusive else day).strftime(self.formats[0])

    @property
    def written_for_none(self) -> str | None:
        return self.open_end or self.empty

    def _parsed(self, text: str) -> date:
        for form in self.formats:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        raise Unreadable("not_a_date", f"must be a date written {' or '.join(self.formats)}")
