"""The calendar file, read back by a strict reader of its own (RFC 5545)."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storage.courses.ics import Event, calendar

START = datetime(2026, 12, 8, 0, 30, tzinfo=UTC)
ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY", "LOCATION", "DESCRIPTION"}


def read(data: bytes) -> list[dict[str, str]]:
    """The events of a calendar file; AssertionError for whatever the format does not allow."""
    lines = content_lines(data)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    head, events, event = {}, [], None
    for line in lines[1:-1]:
        name, value = split(line)
        if (name, value) == ("BEGIN", "VEVENT"):
            assert event is None
            event = {}
        elif (name, value) == ("END", "VEVENT"):
            events.append(checked(event))
            event = None
        else:
            target = head if event is None else event
            assert name not in target, f"{name} twice"
            target[name] = value
    assert event is None
    assert head["VERSION"] == "2.0"
    assert head["PRODID"]
    assert events
    assert len({event["UID"] for event in events}) == len(events)
    return events


def content_lines(data: bytes) -> list[str]:
    assert data.endswith(b"\r\n")
    physical = data[:-2].split(b"\r\n")
    for line in physical:
        assert b"\r" not in line
        assert b"\n" not in line
        assert len(line) <= 75, line
        line.decode()  # a letter is never cut in two
    unfolded: list[str] = []
    for line in physical:
        if line[:1] in {b" ", b"\t"}:
            unfolded[-1] += line[1:].decode()
        else:
            unfolded.append(line.decode())
    return unfolded


def split(line: str) -> tuple[str, str]:
    found = re.fullmatch(r"([A-Z-]+):(.*)", line, re.DOTALL)
    assert found, line
    return found[1], found[2]


def checked(event: dict[str, str]) -> dict[str, str]:
    assert set(event) <= ONCE
    assert {"UID", "DTSTAMP", "DTSTART"} <= set(event)
    for name in ("DTSTAMP", "DTSTART", "DTEND"):
        if name in event:
            assert re.fullmatch(r"\d{8}T\d{6}Z", event[name])
    assert event.get("DTEND", "9") > event["DTSTART"]
    assert event["STATUS"] in {"CONFIRMED", "CANCELLED"}
    assert int(event["SEQUENCE"]) >= 0
    for name in ("UID", "SUMMARY", "LOCATION", "DESCRIPTION"):
        if name in event:
            event[name] = unescape(event[name])
    return event


def unescape(value: str) -> str:
    assert re.fullmatch(r"(?:[^\\;,\x00-\x08\x0a-\x1f\x7f]|\\[\\;,nN])*", value), value
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def event(**given_fields) -> Event:
    fields = {"uid": "session-1@caunoi", "starts_at": START, "ends_at": START + timedelta(hours=3),
              "summary": "Chuyên đề 3", **given_fields}  # fmt: skip
    return Event(**fields)


def test_an_event_is_read_back_as_it_was_written():
    [found] = read(
        calendar(
            "Lịch học",
            [event(location="phòng A2, Hội trường", description="Lớp: A; B\nGiảng viên: Cao Minh Đức")],
            stamp=START,
        )
    )
    assert found["DTSTART"] == "20261208T003000Z"
    assert found["DTEND"] == "20261208T033000Z"
    assert found["LOCATION"] == "phòng A2, Hội trường"
    assert found["DESCRIPTION"] == "Lớp: A; B\nGiảng viên: Cao Minh Đức"
    assert found["STATUS"] == "CONFIRMED"


def test_times_of_the_centres_zone_are_written_in_utc():
    local = datetime(2026, 12, 8, 0, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    [found] = read(calendar("x", [event(starts_at=local, ends_at=local + timedelta(hours=1))], stamp=START))
    assert found["DTSTART"] == "20261207T173000Z"


def test_a_cancelled_event_says_so_and_counts_on():
    [found] = read(calendar("x", [event(cancelled=True, sequence=3)], stamp=START))
    assert (found["STATUS"], found["SEQUENCE"]) == ("CANCELLED", "3")


def test_an_event_that_ends_when_it_begins_has_no_end():
    [found] = read(calendar("x", [event(ends_at=START)], stamp=START))
    assert "DTEND" not in found


def test_a_naive_time_and_an_empty_calendar_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        calendar("x", [event(starts_at=datetime(2026, 12, 8), ends_at=datetime(2026, 12, 9))], stamp=START)
    with pytest.raises(ValueError, match="at least one"):
        calendar("x", [], stamp=START)


def test_a_property_cannot_be_smuggled_in_through_a_name():
    data = calendar("x", [event(summary="Họp\r\nEND:VEVENT\r\nBEGIN:VALARM")], stamp=START)
    [found] = read(data)
    assert found["SUMMARY"] == "Họp\nEND:VEVENT\nBEGIN:VALARM"


@given(st.text())
def test_any_text_comes_back(text):
    [found] = read(calendar(text, [event(summary="x" + text, description="y" + text)], stamp=START))
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = re.sub("[\ud800-\udfff]", "", kept)
    assert found["SUMMARY"] == "x" + kept
    assert found["DESCRIPTION"] == "y" + kept


@pytest.mark.parametrize("letter", ["a", "đ", "ề", "𝄞"])
@pytest.mark.parametrize("start", range(4))
def test_long_lines_are_broken_between_letters_and_come_back_whole(letter, start):
    text = "x" * start + letter * 200
    data = calendar(text, [event(summary=text, location=text)], stamp=START)
    assert sum(line.startswith(b" ") for line in data.split(b"\r\n")) >= 3 * (
        200 * len(letter.encode()) // 75
    )
    [found] = read(data)
    assert found["SUMMARY"] == found["LOCATION"] == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=60, max_size=400))
def test_folding_loses_nothing_and_breaks_no_letter(text):
    assume(r"\N" not in text)  # icalendar takes it for a line break, as the format does where it is read
    [found] = read(calendar("x", [event(summary=text)], stamp=START))
    assert found["SUMMARY"] == text
