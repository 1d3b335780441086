"""icalendar: the calendars of shifts, read by a library that calendar programs are written with."""

import datetime
import re
import urllib.error
import urllib.request

import icalendar
import pytest

from house import PATIENCE


def read(house, address, **headers):
    """The answer of a calendar's address, without a login."""
    request = urllib.request.Request(address, headers=headers)
    return urllib.request.urlopen(request, context=house.context, timeout=PATIENCE)


def test_a_calendar_is_read_and_says_who_is_on_call(house):
    """Every event of the feed is a shift of the API, with the same people at the same times."""
    name = "Nächte; \\ und Wochenenden, die Bereitschaft einer Abteilung mit einem langen Namen"
    house.apply(
        {"kind": "user", "slug": "cal-ben", "name": "Ben 阿本 Okafor, Dr."},
        {"kind": "schedule", "slug": "calendars", "name": name, "time_zone": "Europe/Berlin", "layers": [
            {"start": "2026-01-05 09:00", "turn": "12h", "participants": ["ana", ["ana", "cal-ben"]]}]},
    )
    link = house.api("POST", "/schedules/calendars/calendar-links")
    with read(house, link["address"]) as answer:
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        etag, body = answer.headers["etag"], answer.read()
    calendar = icalendar.Calendar.from_ical(body)
    assert not calendar.errors, calendar.errors
    # It knows neither X-WR-CALNAME nor NAME, and gives them as they were written.
    assert re.sub(r"\\(.)", r"\1", str(calendar["x-wr-calname"])) == name and calendar["version"] == "2.0"
    events = calendar.walk("VEVENT")
    assert len({event["uid"] for event in events}) == len(events) > 100
    assert all(not event.errors and event["dtstart"].dt.utcoffset() == datetime.timedelta(0) for event in events)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert {str(event["summary"]) for event in events} == {f"Ana Ruiz: {name}", f"Ben 阿本 Okafor, Dr.: {name}"}
    for shift in house.api("GET", "/schedules/calendars/shifts")["shifts"]:
        starts = datetime.datetime.fromisoformat(shift["starts"])
        middle = max(starts, now) + datetime.timedelta(minutes=1)
        on = {str(event["summary"]).split(": ")[0] for event in events
              if event["dtstart"].dt <= middle < event["dtend"].dt}
        assert on == {one["user"]["name"] for one in shift["people"]}, shift

    with pytest.raises(urllib.error.HTTPError) as same:
        read(house, link["address"], **{"If-None-Match": etag})
    assert same.value.code == 304
    house.api("DELETE", f"/schedules/calendars/calendar-links/{link['id']}")
    with pytest.raises(urllib.error.HTTPError) as gone:
        read(house, link["address"])
    assert gone.value.code == 404
