"""Times as a system writes them, in its own clock and zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCHS = {"epoch_seconds": 1, "epoch_ms": 1000}


@dataclass(frozen=True, slots=True)
class RemoteTime:
    """`form` is `iso`, `epoch_seconds`, `epoch_ms` or a strptime format; `zone` counts for times that name none."""

    form: str = "iso"
    zone: str = "UTC"

    def moment(self, told: object) -> datetime:
        """The moment that a written time stands for, in UTC; of two that a clock set back shows alike, the first.

        Raises ValueError.
        """
        if self.form in _EPOCHS:
            return datetime.fromtimestamp(float(str(told)) / _EPOCHS[self.form], tz=UTC)
        parsed = self._parsed(str(told))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(self.zone))).astimezone(UTC)

    def earlier(self, told: object, by: timedelta) -> str:
        """A time so much before, written as the system writes them.

        A clock set back shows an hour twice, and its second pass begins before the first one ends: where it was set
        back in between, that hour is asked for as well.
        """
        if not self._is_naive(told):
            return self._back(told, by)
        zone = ZoneInfo(self.zone)
        begin = (self.moment(told) - by).astimezone(zone)
        end = self._parsed(str(told)).replace(tzinfo=zone, fold=1)
        set_back = (begin.utcoffset() or timedelta()) - (end.utcoffset() or timedelta())
        return self._written(begin.replace(tzinfo=None) - max(set_back, timedelta()))

    def step_before(self, told: object) -> str:
        """The last time before that one, for systems that leave out the time asked for."""
        fine = self.form in {"iso", "epoch_ms"} or "%f" in self.form
        return self._back(told, timedelta(milliseconds=1) if fine else timedelta(seconds=1))

    def _back(self, told: object, by: timedelta) -> str:
        moment = self.moment(told) - by
        if self.form in _EPOCHS:
            return str(int(moment.timestamp() * _EPOCHS[self.form]))
        if self._is_naive(told):
            return self._written(moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None))
        return self._written(moment.astimezone(self._parsed(str(told)).tzinfo))

    def _is_naive(self, told: object) -> bool:
        return self.form not in _EPOCHS and self._parsed(str(told)).tzinfo is None

    def _parsed(self, told: str) -> datetime:
        if self.form == "iso":
            return datetime.fromisoformat(told)
        return datetime.strptime(told, self.form)  # noqa: DTZ007  # the zone is the system's, not the format's

    def _written(self, moment: datetime) -> str:
        if self.form != "iso":
            return moment.strftime(self.form)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
