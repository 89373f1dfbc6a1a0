"""Times of a system, in its own form and zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.connectors.generic.times import RemoteTime

SORTING = [
    RemoteTime("iso", "UTC"),
    RemoteTime("%Y-%m-%d %H:%M:%S", "Europe/Berlin"),
    RemoteTime("%Y%m%d%H%M%S", "America/New_York"),
    RemoteTime("%Y-%m-%d %H:%M:%S", "Australia/Lord_Howe"),  # set back by half an hour only
]
years = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
# Clocks are set back then: Berlin, New York, Lord Howe.
changes = st.sampled_from(
    [datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)]
)
near = st.builds(lambda change, seconds: change + timedelta(seconds=seconds), changes, st.integers(-9000, 9000))
moments = (years | near).map(lambda moment: moment.replace(microsecond=0))


def written(time: RemoteTime, moment: datetime) -> str:
    """As that system writes it."""
    local = moment.astimezone(ZoneInfo(time.zone))
    return (
        local.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if time.form == "iso"
        else local.strftime(time.form)
    )


@pytest.mark.parametrize("time", SORTING, ids=str)
@given(moment=moments, overlap=st.integers(0, 7200), later=st.integers(0, 20_000))
def test_whatever_changed_from_then_on_is_asked_for(
    time: RemoteTime, moment: datetime, overlap: int, later: int
) -> None:
    """Systems compare what they write, so a time written after one may stand before it."""
    asked = time.earlier(written(time, moment), timedelta(seconds=overlap))
    changed_at = moment - timedelta(seconds=overlap) + timedelta(seconds=later)

    assert written(time, changed_at) >= asked


def test_counting_back_by_the_clock_alone_would_skip() -> None:
    """The guard of the law above, switched off: five minutes before the end of an hour that comes again."""
    reached, later = datetime(2026, 10, 25, 0, 58, tzinfo=UTC), datetime(2026, 10, 25, 1, 18, tzinfo=UTC)

    assert written(SORTING[1], later) < written(SORTING[1], reached - timedelta(minutes=5))


@pytest.mark.parametrize(
    ("time", "told", "asked"),
    [
        (RemoteTime(), "2026-03-01T10:00:00.123Z", "2026-03-01T09:55:00.123Z"),
        (RemoteTime(), "2026-03-01T10:00:00+02:00", "2026-03-01T09:55:00.000+02:00"),
        (RemoteTime("iso", "Europe/Berlin"), "2026-07-01T10:00:00", "2026-07-01T09:55:00.000"),
        (RemoteTime("epoch_ms"), "1772359200123", "1772358900123"),
        (RemoteTime("epoch_seconds"), 1772359200, "1772358900"),
        (RemoteTime("%Y%m%d%H%M%S", "Asia/Tokyo"), "20260301000200", "20260228235700"),
        # The hour from 02:00 on happens twice: the first pass ends after the second has begun.
        (RemoteTime("%H:%M %d.%m.%Y", "Europe/Berlin"), "02:58 25.10.2026", "01:53 25.10.2026"),
    ],
)
def test_five_minutes_before(time: RemoteTime, told: object, asked: str) -> None:
    assert time.earlier(told, timedelta(minutes=5)) == asked


@pytest.mark.parametrize("told", ["yesterday", "", None])
def test_what_is_no_time_is_told(told: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        RemoteTime().moment(told)
