"""Vietnamese text: what is stored, what is searched, who comes first, and what a date or phone was meant."""

import random
import unicodedata
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.base import text

TODAY = date(2026, 11, 20)  # a Friday

few = settings(max_examples=200, deadline=None)
VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
syllables = st.text(VIETNAMESE + VIETNAMESE.upper(), min_size=1, max_size=6)
names = st.lists(syllables, min_size=1, max_size=5).map(" ".join)
anything = st.one_of(st.text(max_size=40), names)


class TestNfc:
    def test_a_decomposed_name_from_a_mac_is_stored_like_any_other(self):
        assert text.nfc(unicodedata.normalize("NFD", "Nguyễn Thị Hường")) == "Nguyễn Thị Hường"

    def test_invisible_and_unbreakable_spaces_go(self):
        assert text.nfc("\ufeff  Trần\u00a0\u00a0Văn\u200b\tBình \r\n") == "Trần Văn Bình"

    def test_a_mark_parted_from_its_letter_finds_it_again(self):
        assert text.nfc("a\u200b\u0301") == "á"

    def test_control_characters_and_broken_halves_go(self):
        assert text.nfc("An\x00\x07\x1b[31m\ud800") == "An[31m"

    def test_a_text_that_turns_the_line_around_is_straightened(self):
        assert text.nfc("hồ sơ\u202excod.exe") == "hồ sơxcod.exe"

    def test_lines_stay_when_asked(self):
        assert (
            text.nfc(" Kính gửi:\r\n\r\n\r\n\r\n đồng chí \u2028An\n", lines=True)
            == "Kính gửi:\n\nđồng chí\nAn"
        )
        assert text.nfc("Kính gửi:\nđồng chí") == "Kính gửi: đồng chí"

    @given(anything, st.booleans())
    @few
    def test_clean_text_stays_as_it_is(self, raw, lines):
        clean = text.nfc(raw, lines=lines)
        assert text.nfc(clean, lines=lines) == clean
        clean.encode()  # a lone half of a pair would fail here, and in the database


class TestFold:
    @pytest.mark.parametrize(
        ("written", "folded"),
        [
            ("Lịch học", "lich hoc"),
            ("Đảng viên ĐẢNG", "dang vien dang"),
            ("Ðặng", "dang"),  # the Icelandic letter of old fonts
            ("Ủy ban – UỶ BAN", "uy ban uy ban"),
            ("hoà, Hòa", "hoa hoa"),
            ("nền nếp", "nen nep"),
            ("Nề nếp!", "nen nep"),
            ("H'Hen Niê", "h hen nie"),
            ("P.A2_(tầng 3)", "p a2 tang 3"),
            ("...", ""),
        ],
    )
    def test_the_search_form(self, written, folded):
        assert text.fold(written) == folded

    @given(anything)
    @few
    def test_folding_twice_changes_nothing(self, raw):
        once = text.fold(raw)
        assert text.fold(once) == once

    @given(anything)
    @few
    def test_both_ways_of_writing_a_diacritic_agree(self, raw):
        assert text.fold(unicodedata.normalize("NFD", raw)) == text.fold(unicodedata.normalize("NFC", raw))

    @given(names)
    @few
    def test_vietnamese_becomes_plain_letters_in_either_case(self, name):
        folded = text.fold(name)
        assert folded.isascii()
        assert text.fold(name.upper()) == folded


CLASS_LIST = [
    "Lê Văn An",
    "Nguyễn An",
    "Nguyễn Thị An",
    "Nguyễn Văn An",
    "Trần Văn An",
    "Lê Văn Ánh",
    "Lê Văn Ăn",
    "Lê Văn Ân",
    "Bùi Thị Cúc",
    "Lê Văn Dũng",
    "Lê Văn Đào",
    "Đỗ Văn Đức",
    "Lê Văn Em",
    "Lê Văn Ếch",
    "Trần Văn Hoa",
    "An Văn Hòa",
    "An Văn Hỏa",
    "An Văn Hõa",
    "An Văn Hóa",
    "An Văn Họa",
    "Lê Văn Hoan",
    "Lý Thị Tuyết",
    "Lê Văn Tư",
    "Lê Văn Vinh",
    "Lê Văn Xuân",
    "Lê Văn Ý",
    "Lê Văn Yên",
]


def shuffled(some: list[str]) -> list[str]:
    return random.Random(2026).sample(some, len(some))


class TestNameOrder:
    @pytest.mark.parametrize("key", [text.sort_key, text.sort_text])
    def test_a_class_list_stands_in_vietnamese_order(self, key):
        assert sorted(shuffled(CLASS_LIST), key=key) == CLASS_LIST

    def test_letters_follow_the_alphabet(self):
        alphabet = list("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")
        assert sorted(shuffled(alphabet), key=text.sort_key) == alphabet

    def test_tones_follow_the_school(self):
        tones = ["ma", "mà", "mả", "mã", "má", "mạ"]
        assert sorted(shuffled(tones), key=text.sort_key) == tones

    def test_the_tone_decides_only_between_equal_letters(self):
        assert text.sort_key("Lê Văn Hạ") < text.sort_key("Lê Văn Hai")

    def test_where_the_tone_is_put_does_not_matter(self):
        assert text.sort_key("Lê Văn Hoà") == text.sort_key("LÊ VĂN HÒA")

    def test_a_note_in_brackets_comes_last(self):
        assert text.given_name("Nguyễn Văn An (B)") == "An"
        written = ["Nguyễn Văn An", "Nguyễn Văn An (A)", "Nguyễn Văn An (B)", "Lê Văn Bình"]
        assert sorted(shuffled(written), key=text.sort_text) == written

    @pytest.mark.parametrize(
        ("name", "given_name"),
        [("Nguyễn Thị Minh Khai ", "Khai"), ("Khai", "Khai"), ("(B)", "(B)"), ("  ", ""), ("", "")],
    )
    def test_the_given_name_is_the_last_word(self, name, given_name):
        assert text.given_name(name) == given_name

    @given(st.lists(anything, max_size=12))
    @few
    def test_the_column_sorts_like_the_key(self, some):
        assert sorted(some, key=text.sort_text) == sorted(some, key=text.sort_key)

    @given(anything, anything)
    @few
    def test_the_column_is_equal_only_where_the_key_is(self, one, other):
        assert (text.sort_text(one) == text.sort_text(other)) == (text.sort_key(one) == text.sort_key(other))

    @given(anything)
    @few
    def test_the_column_holds_digits_only_so_that_no_collation_can_disagree(self, name):
        column = text.sort_text(name)
        assert column.isascii()
        assert column.isdigit()

    @given(names, names)
    @few
    def test_another_spelling_of_the_same_name_stands_at_the_same_place(self, one, other):
        spelt = unicodedata.normalize("NFD", one.upper())
        assert (text.sort_text(spelt) < text.sort_text(other)) == (
            text.sort_text(one) < text.sort_text(other)
        )


class TestPhone:
    @pytest.mark.parametrize(
        "written",
        [
            "0912345678",
            "+84912345678",
            "84912345678",
            "0084 912 345 678",
            "(+84) 0912.345.678",
            "+84 (0)912-345-678",
            "'0912345678",
            "0912 345\u00a0678",
            "912345678.0",
            "０９１２３４５６７８",
            912345678,
            912345678.0,
            84912345678,
        ],
    )
    def test_every_way_of_writing_it_is_one_phone(self, written):
        assert text.phone(written) == "0912345678"

    @pytest.mark.parametrize(
        ("written", "number"),
        [
            ("845678901", "0845678901"),  # a mobile without its zero, not a country code
            ("024 3812 3456", "02438123456"),
            ("+84 24 3812 3456", "02438123456"),
            (2438123456.0, "02438123456"),
        ],
    )
    def test_landlines_and_look_alikes(self, written, number):
        assert text.phone(written) == number

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "không có",
            "0112345678",
            "091234567",
            "09123456789",
            "+1 912 345 678",
            "+0912345678",
            "0912345678 / 0987654321",
            "0912345678; DROP TABLE",
            "9.12345678E+08",
            -912345678,
            912345678.5,
            float("nan"),
            float("inf"),
            pytest.param(10**5000, id="endless"),
            True,
        ],
    )
    def test_anything_else_is_no_vietnamese_phone(self, written):
        assert text.phone(written) is None

    @given(
        st.from_regex(r"0[35789][0-9]{8}|02[0-9]{9}", fullmatch=True), st.sampled_from([" ", ".", "-", ""])
    )
    @few
    def test_a_phone_survives_every_dress(self, number, mark):
        bare = number[1:]
        dressed = mark.join([number[:4], number[4:7], number[7:]])
        forms = [number, dressed, f"+84{bare}", f"84{mark}{bare}", bare, int(bare), float(bare), f"{bare}.0"]
        assert {text.phone(form) for form in forms} == {number}

    @given(st.one_of(st.text(max_size=20), st.floats(), st.integers()))
    @few
    def test_what_comes_out_goes_in_again(self, raw):
        number = text.phone(raw)
        assert number is None or (text.phone(number) == number and number.isdigit())


class TestParseDate:
    @pytest.mark.parametrize(
        "written",
        [
            "05/01/1990",
            "5-1-1990",
            "5.1.90",
            "5/1/90",
            " 5 / 1 / 1990. ",
            "5–1–1990",
            "1990-01-05",
            "1990-01-05 00:00:00",
            "1990-01-05T00:00:00",
            "'05/01/1990",
            "ngày 5 tháng 1 năm 1990",
            "Ngày 05 tháng 01, 1990",
            "5 tháng 1 năm 90",
            "thứ Sáu, ngày 05/01/1990",
            "7h30 thứ 6 5/1/1990",
            datetime(1990, 1, 5, 7, 30),
            datetime(1990, 1, 5, 7, 30, tzinfo=UTC),
            date(1990, 1, 5),
            32878,
            32878.3125,
        ],
    )
    def test_every_way_of_writing_a_date_is_one_day(self, written):
        assert text.parse_date(written, today=TODAY) == date(1990, 1, 5)

    @pytest.mark.parametrize(
        ("written", "ahead"),
        [
            ("hôm nay", 0),
            ("chiều nay", 0),
            ("Mai", 1),
            ("ngày mai", 1),
            ("7 giờ rưỡi sáng mai", 1),
            ("ngày kia", 2),
            ("hôm qua", -1),
            ("hôm kia", -2),
            ("thứ 7", 1),
            ("T7", 1),
            ("chủ nhật", 2),
            ("CN", 2),
            ("thứ 2", 3),
            ("thứ Hai", 3),
            ("sáng thứ hai", 3),
            ("thứ tư tới", 5),
            ("thứ Năm", 6),
            ("thứ 6", 7),  # today is one: "thứ 6" is then the next
            ("thứ 6 này", 0),
            ("thứ 4 tuần này", -2),
            ("thứ 7 tuần sau", 8),
            ("sáng thứ 7 tuần tới", 8),
        ],
    )
    def test_words_for_near_days(self, written, ahead):
        assert text.parse_date(written, today=TODAY) == TODAY + timedelta(days=ahead)
        assert text.parse_date(text.fold(written), today=TODAY) == TODAY + timedelta(days=ahead)

    @pytest.mark.parametrize(
        ("written", "day"),
        [
            ("05/01", date(2027, 1, 5)),
            ("18/11", date(2026, 11, 18)),
            ("thứ Ba, 08/12", date(2026, 12, 8)),
            ("5 tháng 1", date(2027, 1, 5)),
            ("7h 05/01", date(2027, 1, 5)),
            ("ngày 3/4", date(2027, 4, 3)),  # never March the fourth
        ],
    )
    def test_without_a_year_it_is_the_nearest_one(self, written, day):
        assert text.parse_date(written, today=TODAY) == day

    def test_the_caller_says_in_which_century_people_were_born(self):
        assert text.parse_date("5/1/30", today=TODAY) == date(2030, 1, 5)
        assert text.parse_date("5/1/30", today=TODAY, century_pivot=10) == date(1930, 1, 5)
        assert text.parse_date("5/1/10", today=TODAY, century_pivot=10) == date(2010, 1, 5)

    @pytest.mark.parametrize(
        "written",
        [
            None,
            "",
            "xin nghỉ",
            "Mai Văn An",
            "31/02/2027",
            "29/2",
            "13/13/2020",
            "00/01/2027",
            "1990",
            1990,
            "thứ 8",
            "5-7/12",  # from the fifth to the seventh: two days are not one
            "05/01 - 07/01",
            "7h30",
            "05/01/0090",
            "5 tháng 11990",
            "05/01/1990 OR 1=1",
            pytest.param("9" * 5000, id="endless"),
            True,
            float("nan"),
            float("-inf"),
            time(7, 30),
        ],
    )
    def test_what_is_no_one_day_is_not_guessed(self, written):
        assert text.parse_date(written, today=TODAY) is None

    @given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
    @few
    def test_a_full_date_reads_back_from_every_form(self, day):
        forms = [
            f"{day:%d/%m/%Y}",
            f"{day.day}-{day.month}-{day.year}",
            day.isoformat(),
            str(datetime(*day.timetuple()[:3])),
        ]
        forms.append(f"ngày {day.day} tháng {day.month} năm {day.year}")
        assert {text.parse_date(form, today=TODAY) for form in forms} == {day}

    @given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
    @few
    def test_a_date_without_a_year_is_never_far(self, day, today):
        found = text.parse_date(f"{day:%d/%m}", today=today)
        if (day.month, day.day) != (2, 29):
            assert found is not None
            assert abs(found - today) <= timedelta(days=183)

    @given(
        st.one_of(
            st.text(max_size=30), st.text("0123456789/-. thángăm:hg", max_size=20), st.floats(), st.integers()
        )
    )
    @few
    def test_nothing_typed_can_break_it(self, raw):
        assert isinstance(text.parse_date(raw, today=TODAY), date | None)
        assert isinstance(text.parse_time(raw), time | None)


class TestParseTime:
    @pytest.mark.parametrize(
        "written",
        [
            "7h30",
            "7g30",
            "07:30",
            "07:30:00",
            "7.30",
            "7 giờ 30",
            "7 giờ 30 phút",
            "7 gio 30",
            "7 giờ rưỡi",
            "lúc 7h30 sáng",
            "7:30 AM",
            time(7, 30),
            datetime(2026, 11, 20, 7, 30),
            timedelta(hours=7, minutes=30),
            0.3125,
            46000.3125,
        ],
    )
    def test_every_way_of_writing_half_past_seven(self, written):
        assert text.parse_time(written) == time(7, 30)

    @pytest.mark.parametrize(
        ("written", "clock"),
        [
            ("7h", time(7)),
            ("13 giờ", time(13)),
            ("1h30 chiều", time(13, 30)),
            ("1 giờ trưa", time(13)),
            ("11 giờ trưa", time(11)),
            ("12 giờ trưa", time(12)),
            ("7h tối", time(19)),
            ("13h30 chiều", time(13, 30)),
            ("12:15 am", time(0, 15)),
            ("1:30 PM", time(13, 30)),
            (0.0, time(0)),
            (0.9999999, time(23, 59, 59)),
        ],
    )
    def test_parts_of_the_day(self, written, clock):
        assert text.parse_time(written) == clock

    @pytest.mark.parametrize(
        "written",
        [None, "", "sáng", "25:00", "7h60", "7h30-9h", "12h tối", 7, 7.5, -0.5, float("nan"), float("inf"), True,
         timedelta(days=1), timedelta(seconds=-1), date(2026, 11, 20), pytest.param("9" * 5000, id="endless")],
    )  # fmt: skip
    def test_what_is_no_time_is_not_guessed(self, written):
        assert text.parse_time(written) is None

    @given(st.times().map(lambda clock: clock.replace(second=0, microsecond=0)))
    @few
    def test_every_minute_reads_back_from_every_form(self, clock):
        fraction = (clock.hour * 60 + clock.minute) / (24 * 60)
        forms = [
            f"{clock:%H:%M}",
            f"{clock.hour}h{clock:%M}",
            f"{clock.hour} giờ {clock:%M}",
            fraction,
            str(clock),
        ]
        assert {text.parse_time(form) for form in forms} == {clock}


UNITS = {
    "Phòng Nội vụ": 1,
    "Trường Tiểu học Kim Đồng": 2,
    "Trường Tiểu học Kim Liên": 3,
    "Chi bộ 12": 4,
    "Xã Hòa Bình": 5,
}


class TestFinding:
    @pytest.mark.parametrize("query", ["nguyen", "Ngu", "van an", "an nguyễn", "ĐẶNG"])
    def test_beginnings_of_words_match_with_or_without_diacritics(self, query):
        assert text.matches(query, "Nguyễn Đặng Văn An")

    @pytest.mark.parametrize("query", ["", "  ", "...", "guyen", "an binh", "anh"])
    def test_middles_strangers_and_nothing_do_not(self, query):
        assert not text.matches(query, "Nguyễn Đặng Văn An")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("Phòng Nội vụ", 1),
            ("phong noi vu", 1),
            ("nội vụ", 1),
            ("Phongf Nội vụ", 1),
            ("truong tieu hoc kim dong", 2),
            ("trường tiểu học kim liêm", 3),
            ("kim lien", 3),
            ("chi bo 12", 4),
            ("hoa binh xa", 5),
        ],
    )
    def test_a_shortened_or_mistyped_name_finds_its_unit(self, query, found):
        assert text.closest(query, UNITS) == found

    @pytest.mark.parametrize(
        "query", ["", "!!!", "trường tiểu học", "Chi bộ 13", "Chi bộ 1", "Trung đoàn bộ binh", "a"]
    )
    def test_the_ambiguous_and_the_unknown_are_not_guessed(self, query):
        assert text.closest(query, UNITS) is None

    def test_diacritics_decide_where_folding_cannot(self):
        assert text.closest("Hòa", ["Hoa", "Hòa"]) == "Hòa"
        assert text.closest("hoà", ["Hoa", "Hoá"]) is None

    def test_two_names_for_one_unit_are_not_ambiguous(self):
        assert text.closest("noi vu", {"Phòng Nội vụ": 7, "Nội vụ huyện": 7}) == 7
        assert text.closest("noi vu", {"Phòng Nội vụ": 7, "Nội vụ huyện": 8}) is None

    def test_nobody_is_found_among_none(self):
        assert text.closest("An", []) is None
        assert text.closest("An", {}) is None

    @given(st.text(max_size=20), st.lists(names, max_size=6))
    @few
    def test_the_answer_is_always_one_of_those_asked_about(self, query, some):
        assert text.closest(query, some) in [None, *some]

    @given(names)
    @few
    def test_a_name_finds_itself(self, name):
        assert text.matches(name, name)
        assert text.closest(name, [name]) == name
