"""Text of the fonts that came before Unicode: TCVN3 (ABC, ".VnTime") and VNI, as it shows once the font is gone.

Both put Vietnamese letters where Western Europe has its own: "NguyÔn V¨n §ång", "Nguyeãn Vaên Ñoàng". A text is
taken for one of them only where a word that was no Vietnamese syllable becomes one, and no word is left that is none.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import Final

_LAST_OF_ONE_BYTE: Final = "\xff"
_SOFT_HYPHEN: Final = "\xad"  # in TCVN3 it is ư; other invisible characters come from no font


def _table(letters: str, codes: str) -> dict[str, str]:
    return dict(zip(bytes.fromhex(codes).decode("latin-1"), letters, strict=True))


_TCVN3: Final = _table(
    "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
    "b5b6b7b8b9a8bbbcbdbec6a9c7c8c9cacbaecccecfd0d1aad2d3d4d5d6d7d8dcdddedfe1e2e3e4abe5e6e7e8e9"
    "aceaebecedeeeff1f2f3f4adf5f6f7f8f9fafbfcfdfea1a2a3a4a5a6a7",
)

_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"
_ROUND, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"


def _vni() -> dict[str, str]:
    """A base letter and the character that carries its marks; some letters stand alone."""
    tones = dict(zip("øùûõï", (_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT), strict=True))
    rounds = dict(zip("âàáåãä", ("", _GRAVE, _ACUTE, _HOOK, _TILDE, _DOT), strict=True))
    breves = dict(zip("êèéúüë", ("", _GRAVE, _ACUTE, _HOOK, _TILDE, _DOT), strict=True))
    alone = {"ì": "ì", "í": "í", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ñ": "đ", "ô": "ơ", "ö": "ư"}
    found = dict(alone)
    found |= {base + mark: base + tone for base, (mark, tone) in product("aeouy", tones.items())}
    found |= {base + mark: alone[base] + tone for base, (mark, tone) in product("ôö", tones.items())}
    found |= {base + mark: base + _ROUND + tone for base, (mark, tone) in product("aeo", rounds.items())}
    found |= {"a" + mark: "a" + _BREVE + tone for mark, tone in breves.items()}
    plain = {told: unicodedata.normalize("NFC", letter) for told, letter in found.items()}
    return plain | {told.upper(): letter.upper() for told, letter in plain.items()}


_VNI: Final = _vni()
_VNI_LETTER: Final = re.compile(r"[aeouyôö][øùûõïâàáåãäêèéúüë]|[ìíæóòîñôö]", re.IGNORECASE)

# --- what is a Vietnamese syllable ---

_RHYMES: Final = (
    "a ac ach ai am an ang anh ao ap at au ay ă ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo "
    "ep et ê êch êm ên êng ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach "
    "oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong oong op ot ô ôc "
    "ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uai uan uang uanh uat uay uăc uăn uăng uăt uân uâng uât uây uc ue "
    "ueo uet uê uêch uên uêt uêu uênh ui um un ung uac uach uam uao uap uau uăm uăp uêc uen uin uinh uip uit "
    "uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uynh uyt uyu uơ uơi uơn ư ưa ưc ưi ưm ưn ưng ươc ươi "
    "ươm ươn ương ươp ươt ươu ưt ưu y ya yêm yên yêng yêt yêu ych yn ynh yt"
)
_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|[bcdđghklmnpqrstvx])?(?:" + "|".join(_RHYMES.split()) + ")"
)
_TONES: Final = {_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT}
_STOPPED: Final = re.compile(r"(?:c|ch|p|t)$")
_STOPPED_TONES: Final = {_ACUTE, _DOT}
_WORD: Final = re.compile(r"[^\s.,;:()/\-–\"']+")


@lru_cache(maxsize=2_000)
def _is_syllable(word: str) -> bool:
    spread = unicodedata.normalize("NFD", word.casefold())
    tones = [c for c in spread if c in _TONES]
    letters = unicodedata.normalize("NFC", "".join(c for c in spread if c not in _TONES))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(letters):
        return False
    return not (_STOPPED.search(letters) and tones and tones[0] not in _STOPPED_TONES)


_USUAL_WORDS: Final = (
    "nguyễn trần lê phạm hoàng huỳnh vũ võ đặng bùi đỗ hồ ngô dương lý lưu đinh trịnh đoàn trương lương mạc vương tô hà"
    " văn thị đình quốc hữu đức xuân ngọc hoài bích thế trường phường xã đảng bộ ủy trạm y tế công tiểu học hội đồng chí"
)
_USUAL: Final = frozenset(_USUAL_WORDS.split())

# --- conversion ---


def converted(text: str) -> str | None:
    """The text in Unicode where it came from such a font; None where it did not. `text` as it stands in the file,
    its soft hyphens kept.
    """
    text = "".join(c for c in text if c == _SOFT_HYPHEN or unicodedata.category(c) != "Cf")
    if text.isascii() or any(c > _LAST_OF_ONE_BYTE and c.isalpha() for c in text):
        return None
    if all(
        word.isascii() or not word.strip(_SOFT_HYPHEN) or _is_syllable(word) for word in _WORD.findall(text)
    ):
        return None
    told = [new for new in (_from_tcvn3(text), _from_vni(text)) if _is_vietnamese(new)]
    return _WORD.sub(lambda word: _as_written(word[0]), max(told, key=_usual)) if told else None


def _is_vietnamese(text: str) -> bool:
    return all(word.isascii() or len(word) == 1 or _is_syllable(word) for word in _WORD.findall(text))


def _usual(text: str) -> int:
    """How many words of a text are usual ones of names: few texts are possible in both fonts, and these tell."""
    return sum(word.casefold() in _USUAL for word in _WORD.findall(text))


def _from_tcvn3(text: str) -> str:
    return "".join(_TCVN3.get(c, c) for c in text)


def _from_vni(text: str) -> str:
    return _VNI_LETTER.sub(lambda found: _VNI.get(found[0], found[0]), text)


def _as_written(word: str) -> str:
    """Capital letters of these fonts are often lower ones of a capital font: NGUYễN is NGUYỄN."""
    plain = [c for c in word if c.isascii() and c.isalpha()]
    return word.upper() if len(plain) > 1 and all(c.isupper() for c in plain) else word
