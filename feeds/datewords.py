"""The words dates are written with: months, weekdays, zones, in the languages feeds come in."""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_MONTHS = """
jan january janv janvier jän jänner jänn januar januari gennaio genn gen enero ene janeiro styczeń
    stycznia января янв ocak ιαν ιανουαρίου január leden ledna januar
feb february febr fév févr février februar februari febbraio febbr febrero fevereiro fev luty lutego
    февраля фев şubat φεβ φεβρ φεβρουαρίου február únor února
mar march mars mär märz mrz maart mrt marzo marz março marzec marca марта мар mart μάρ μαρ μαώ μάρτ
    μαρτίου március březen března
apr april avr avril aprile aprilie abril abr kwiecień kwietnia апреля апр nisan απρ απρίλ απριλίου
    április duben dubna
may mai mayo maj mei maggio mag magg maio maja мая май mayıs μάι μαϊ μαι μαι μαίου μαΐου május
    květen května
jun june juin juni giugno giu giug junio junho czerwiec czerwca июня июн haziran ιούν ιον ιουν
    ιουνίου június červen června
jul july juil juillet juli luglio lug lugl julio julho lipiec lipca июля июл temmuz ιούλ ιολ ιουλ
    ιουλίου július červenec července
aug august août aou aoû augustus augusti agosto ago sierpień sierpnia августа авг ağustos αύγ αυγ
    αυγούστου augusztus srpen srpna
sep sept september septembre settembre sett set septiembre setembro wrzesień września сентября сен
    сент eylül σεπ σεπτ σεπτεμβρίου szeptember září
oct october octobre okt oktober ottobre ott octubre outubro out październik października октября окт
    ekim οκτ οκτωβρίου október říjen října
nov november novembre noviembre novembro listopad listopada ноября ноя kasım νοέ νοε νοεμ νοεμβρίου
dec december déc décembre dez dezember dicembre dic diciembre dezembro des desember grudzień grudnia
    декабря дек aralık δεκ δεκεμβρίου prosinec prosince
"""
_WEEKDAYS = """
mon monday lun lundi lunedì lunedi lunes mo montag maandag ma mån måndag mandag man seg segunda
    segunda-feira poniedziałek pon понедельник пн pazartesi pzt δευ δευτέρα hétfő 月 월
tue tues tuesday mar mardi martedì martedi martes di dienstag dinsdag tis tisdag tirsdag tir ter
    terça terça-feira wtorek wt вторник вт salı τρι τρίτη kedd 火 화
wed weds wednesday mer mercredi mercoledì mercoledi miércoles mié mi mittwoch woensdag wo ons onsdag
    qua quarta quarta-feira środa śr среда ср çarşamba τετ τετάρτη szerda 水 수
thu thur thurs thursday jeu jeudi giovedì giovedi gio jueves jue do donnerstag donderdag tor tors
    torsdag qui quinta quinta-feira czwartek czw четверг чт perşembe πεμ πέμ πέμπτη csütörtök 木 목
fri friday ven vendredi venerdì venerdi viernes vie fr freitag vrijdag vr fre fredag sex sexta
    sexta-feira piątek pt пятница пт cuma παρ παρασκευή péntek 金 금
sat saturday sam samedi sabato sab sábado sáb sa samstag sonnabend zaterdag za lör lördag lørdag lau
    sobota sob суббота сб cumartesi σαβ σάβ σάββατο szombat 土 토
sun sunday dim dimanche domenica dom domingo so sonntag zondag zo sön söndag søndag niedziela niedz
    nd воскресенье вс pazar κυρ κυριακή vasárnap 日 일
"""


def _numbered(table: str, start: int) -> dict[str, int]:
    rows = table.strip().replace("\n    ", " ").splitlines()
    return {word: number for number, row in enumerate(rows, start) for word in row.split()}


MONTHS = _numbered(_MONTHS, 1)
WEEKDAYS = _numbered(_WEEKDAYS, 0)  # Monday is 0

_HOURS: dict[str, float] = {
    **dict.fromkeys(("utc", "gmt", "ut", "z", "wet", "uct", "zulu"), 0),
    **dict.fromkeys(("bst", "west", "cet", "met", "mez", "wat"), 1),
    **dict.fromkeys(("cest", "mest", "mesz", "eet", "sast", "cat"), 2),
    **dict.fromkeys(("eest", "msk", "eat", "trt"), 3),
    "ist": 5.5,
    "pkt": 5,
    "npt": 5.75,
    "ict": 7,
    "wib": 7,
    **dict.fromkeys(("hkt", "sgt", "awst", "myt", "pht", "bjt", "cct", "cst8"), 8),
    **dict.fromkeys(("jst", "kst"), 9),
    "acst": 9.5,
    "acdt": 10.5,
    **dict.fromkeys(("aest", "chst"), 10),
    "aedt": 11,
    **dict.fromkeys(("nzst",), 12),
    "nzdt": 13,
    **dict.fromkeys(("brt", "art", "clst", "adt", "uyt"), -3),
    "nst": -3.5,
    "ndt": -2.5,
    **dict.fromkeys(("ast", "edt", "clt"), -4),
    **dict.fromkeys(("est", "cdt", "pet"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    **dict.fromkeys(("pst", "akdt"), -8),
    **dict.fromkeys(("akst", "hdt"), -9),
    "hst": -10,
}
_REGIONS = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
_CHINESE = {"北京时间": 8, "北京時間": 8, "香港时间": 8, "香港時間": 8, "台北时间": 8, "台北時間": 8, "中国标准时间": 8}
_LONG_NAMES = {
    "china standard time": 8,
    "coordinated universal time": 0,
    "greenwich mean time": 0,
    "central european time": 1,
    "central european standard time": 1,
    "central european summer time": 2,
    "eastern standard time": -5,
    "eastern daylight time": -4,
    "central standard time": -6,
    "central daylight time": -5,
    "mountain standard time": -7,
    "pacific standard time": -8,
    "pacific daylight time": -7,
    "japan standard time": 9,
    "korea standard time": 9,
    "hong kong standard time": 8,
    "taipei standard time": 8,
    "singapore standard time": 8,
}


def fixed(hours: float) -> tzinfo:
    return timezone(timedelta(hours=hours))


@lru_cache(maxsize=1)
def _olson() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


@lru_cache(maxsize=512)
def named_zone(name: str, language: str | None) -> tzinfo | None:
    """A zone by its name; CST is China's in a Chinese feed and America's elsewhere. None for an unknown name."""
    word = name.strip().strip("()[]").lower().replace(".", "")
    if word == "cst" and is_chinese(language):
        return fixed(8)
    if word == "ist" and (language or "").lower().startswith(("he", "iw")):
        return fixed(2)
    if word == "ist" and (language or "").lower() in ("ga", "en-ie"):
        return fixed(1)
    for table in (_HOURS, _CHINESE, _LONG_NAMES):
        if word in table:
            return fixed(table[word])
    if word in _REGIONS:
        return ZoneInfo(_REGIONS[word])
    olson = _olson().get(word.replace(" ", "_"))
    return ZoneInfo(olson) if olson and "/" in olson else None


def is_chinese(language: str | None) -> bool:
    return (language or "").lower().replace("_", "-").split("-")[0] in ("zh", "cmn", "yue", "chi", "zho")
