"""How Vietnamese is written here, as far as a program can tell: each rule looks at one translation.

`python -m locales.catalogue check` asks `faults` of every entry. Who reads a sentence is told by the file that says
it: what the command line, the settings and the doctor say is read by whoever looks after the computer, what the rooms
of STAFF say by people of the centre, the rest by learners, heads of units and directors. Words that people type are
HEARD, not said.
"""

import re
import unicodedata
from collections.abc import Iterator
from string import Formatter
from typing import Final

LONGEST_LABEL: Final = 20  # letters of a button
WIDEST: Final = {"n": "120", "time": "12 giờ 30", "day": "30/11", "done": "60", "total": "60", "letter": "AB"}

TECHNICAL: Final = ("bot/cli/", "bot/channels/", "bot/app.po", "bot/common_settings.po", "bot/console.po",
                    "bot/demo/running.po", "bot/settings.po")  # fmt: skip
READ_BY_ANYONE: Final = (
    "bot/cli/slips.po",
    "bot/channels/zalo_bot/send.po",
    "bot/channels/telegram/channel.po",
)
STAFF: Final = ("handlers/accounts/", "handlers/gates/", "handlers/imports/")
HEARD: Final = (
    "handlers/engine/speech.po",
    "handlers/reports/sentence/vocabulary.po",
    "handlers/reports/which.po",
)

# A word, and where it is right after all.
FORBIDDEN: Final = {
    "bấm": "",
    "cấu hình": "",
    "chào mừng": "",
    "chính chủ": "",
    "cập nhật": "",
    "dấu niêm phong": "",
    "gõ": "",
    "hàng": "",
    "hãy": "",
    "hội thoại": "",
    "họ": r"họ(?= tên| và tên)",  # a surname
    "khung trò chuyện": "",
    "kênh": "",
    "nó": "",
    "nạp": "",
    "phiên bản": "",
    "phản hồi": "",
    "trọng số": "",
    "vui lòng": "",
    "xin": r"xin phép",  # the law's word where consent is asked for
}
HEADINGS: Final = frozenset({"No."})  # a column's, shortened in another way
# Names and signs that are the same in every language.
NAMES: Final = frozenset(
    [
        "abcd",
        "bd",
        "caunoi",
        "docx",
        "excel",
        "jpg",
        "json",
        "javascript",
        "kb",
        "libreoffice",
        "mb",
        "mozilla",
        "ods",
        "office",
        "pdf",
        "png",
        "ipad",
        "iphone",
        "qr",
        "save",
        "as",
        "text",
        "telegram",
        "tb",
        "ttct",
        "unhide",
        "vni",
        "tcvn",
        "web",
        "word",
        "xls",
        "xlsb",
        "xlsx",
        "zalo",
        "bot",
        "csv",
        "thcs",
    ]
)
SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?"
)
PASSED_ON: Final = re.compile(r"\(lệnh caunoi [a-z]+\)")  # what somebody else is asked to run
TOLD: Final = r"(?:Trung tâm|giám đốc|giáo vụ|học viên|người|thủ trưởng|đơn vị|đồng chí)"
PEOPLE: Final = r"(?:học viên|đồng chí|người|thủ trưởng|đơn vị|cán bộ|phiếu)\b"
PLAIN: Final = r"(?:buổi|tiết|ngày|lần|kỳ|tin|giờ|tháng|dòng)\b"


def faults(name: str, msgid: str, text: str) -> Iterator[str]:
    """What is wrong with one translation, said in the catalogue `name`, a sentence a fault."""
    yield from _spelling(text)
    if _is_heard(name, text):
        return
    yield from _typography(msgid, text)
    if text.startswith("CAUNOI_") or (name.startswith(TECHNICAL) and name not in READ_BY_ANYONE):
        return
    if re.search(r"\S  +\S", text):
        yield "two spaces"
    yield from _commands(name, text)
    yield from _english(text)
    yield from _forbidden(text)
    yield from _address(text)
    yield from _counts(text)


def label_faults(text: str) -> Iterator[str]:
    """What is wrong with the words of a button, its fields at their widest."""
    shown = Formatter().vformat(re.sub(r":02d", "", text), (), _Widest())
    if len(shown) > LONGEST_LABEL:
        yield f"the label has {len(shown)} letters, at most {LONGEST_LABEL}: {shown}"


class _Widest(dict[str, str]):
    def __missing__(self, field: str) -> str:
        return WIDEST.get(field, "")


def _is_heard(name: str, text: str) -> bool:
    """Whether these are words people type: a file of its own, or a list of small words and nothing else."""
    return name in HEARD or ("," in text and text == text.lower() and not re.search(r"[{}.:;?]", text))


# --- spelling: of everything ---


def _spelling(text: str) -> Iterator[str]:
    if text != unicodedata.normalize("NFC", text):
        yield "not in composed letters (NFC)"
    if re.search(r"o[àáảãạèéẻẽẹ]\b|(?<!q)u[ỳýỷỹỵ]\b", text, re.IGNORECASE):
        yield "the tone mark stands on the first of two vowels: hòa, ủy"
    if re.search(r"chủ nhật", text, re.IGNORECASE) and "Chủ nhật" not in text:
        yield "Sunday is written Chủ nhật"


# --- typography: of everything that is said ---


def _typography(msgid: str, text: str) -> Iterator[str]:
    if re.search(r" [,.;:!?](?:\s|$)", text):
        yield "a space before a mark"
    if "..." in text:
        yield "three dots are one sign: …"
    if re.search(r"\d %", text):
        yield "a percent sign stands at its number: 20%"
    if re.search(r"\{\w+\}–\{\w+\}", text) and "{day}–{last}" not in text:
        yield "a span of whole days has spaces around its dash"
    if _end(msgid) != _end(text) and msgid not in HEADINGS:
        yield "does not end as what it translates: in a full stop, in a colon, or in neither"


def _end(text: str) -> str:
    """The kind of mark a text ends in: a question may become a request, and a salutation's comma a full stop."""
    last = re.sub(r"(?:</?\w+>|[”\"])+$", "", text.rstrip())[-1:]
    return "." if last in {".", "?", ",", "!"} else last if last in {":", "…", ";"} else ""


# --- wording: of what people of the units and the centre read ---


def _commands(name: str, text: str) -> Iterator[str]:
    """No command stands where nobody can type it; the centre's people may name one to whoever looks after it."""
    plain = re.sub(r"</?\w+>", "", text)
    if re.search(r"(?<![\w/.}])/(?:[a-z]{2,}|\{)", plain):
        yield "a command"
    if name.startswith(STAFF) and "phụ trách kỹ thuật" in plain:
        plain = PASSED_ON.sub("", plain)
    if re.search(r"\bcaunoi [a-z]", plain):
        yield "a command of the command line"


def _english(text: str) -> Iterator[str]:
    yield from (f"not Vietnamese: {word}" for word in foreign_words(text))


def foreign_words(text: str) -> Iterator[str]:
    """Words no Vietnamese syllable looks like: keys and codes that came through."""
    plain = re.sub(r"</?\w+>|\{[^}]*\}|\.\w+|https?:\S*|[A-Z]+-\d+", " ", PASSED_ON.sub("", text))
    for word in re.findall(r"(?<![\w$~])[A-Za-z_]{3,}(?!\w)", plain):
        if word.lower() not in NAMES and not SYLLABLE.fullmatch(word.lower()):
            yield word


def _forbidden(text: str) -> Iterator[str]:
    for word, right in FORBIDDEN.items():
        told = re.sub(right, "", text, flags=re.IGNORECASE) if right else text
        if re.search(rf"\b{word}\b", told, re.IGNORECASE):
            yield f"a word that is not used: {word}"


def _address(text: str) -> Iterator[str]:
    """Whoever is asked for something is addressed, and nobody is told of in the passive."""
    if re.search(r"(?:^|[.;:,?] |\n)(?:Kính )?[Đđ]ề nghị (?!đồng chí|này|sửa, xóa)", text) and _end(text):
        yield "Đề nghị without đồng chí"
    if re.search(
        rf"{TOLD} (?:sẽ |đã |đang |còn )*được (?:báo|gửi|thông báo|nhắc|hỏi)\b", text, re.IGNORECASE
    ):
        yield "a person is told of in the passive: say who does it"
    if any(line.count(": ") + line.endswith(":") > 1 for line in re.sub(r"</?\w+>", "", text).split("\n")):
        yield "two colons in a line"


def _counts(text: str) -> Iterator[str]:
    """People, units and slips are counted 01 to 09, sessions, days and times 1 to 9."""
    if re.search(rf"\{{(?:n|m|learners|heads)\}} {PEOPLE}", text):
        yield "people are counted with two digits: {n:02d}"
    if re.search(rf":02d\}} {PLAIN}", text):
        yield "only people, units and slips are counted with two digits"
