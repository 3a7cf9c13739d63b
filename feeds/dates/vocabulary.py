"""Names of months and weekdays in the languages of feeds."""

from __future__ import annotations

_MONTHS = """
jan january janv janvier jän jänner jänn januar januari gennaio genn gen enero ene janeiro styczeń
    stycznia sty января янв ocak oca ιαν ιανουαρίου ιανουάριος január januára leden ledna led tammikuuta
    tammikuu tammi ianuarie ian січня січ січень януари јануар јан januarja gener jaanuar janvāris
    janvārī sausio sausis siječnja siječanj يناير
feb february febr fév févr février februar februari febbraio febbr febrero fevereiro fev luty lutego lut
    февраля фев февр февраль şubat şub φεβ φεβρ φεβρουαρίου φεβρουάριος február februára únor února úno
    helmikuuta helmikuu helmi februarie лютого лют лютий февруари фебруар феб februarja febrer veebruar
    februāris februārī vasario vasaris veljače veljača فبراير
mar march mars mär märz mrz maart mrt marzo marz março marzec marca марта мар март mart μάρ μαρ μαώ μάρτ
    μαρτίου μάρτιος március márc březen března bře maaliskuuta maaliskuu maalis martie березня бер
    березень marec març märts marts martā kovo kovas ožujka ožujak maret مارس
apr april avr avril aprile aprilie abril abr kwiecień kwietnia kwi апреля апр апрель nisan nis απρ απρίλ
    απριλίου απρίλιος április ápr duben dubna dub huhtikuuta huhtikuu huhti квітня кві квіт квітень
    април apríla aprila aprill aprīlis aprīlī balandžio balandis travnja travanj أبريل ابريل
may mai mayo maj mei maggio mag magg maio maja мая май mayıs μάι μαϊ μαι μαΐου μάιος május máj květen
    května kvě toukokuuta toukokuu touko травня тра трав травень мај mája maig maijs maijā gegužės
    gegužė svibnja svibanj مايو
jun june juin juni giugno giu giug junio junho czerwiec czerwca cze июня июн июнь haziran haz ιούν ιον
    ιουν ιουνίου ιούνιος június jún červen června čvn kesäkuuta kesäkuu kesä iunie iun червня чер черв
    червень юни јун junija junij júna juny juuni jūnijs jūnijā birželio birželis lipnja lipanj يونيو
jul july juil juillet juli luglio lug lugl julio julho lipiec lipca lip июля июл июль temmuz tem ιούλ
    ιολ ιουλ ιουλίου ιούλιος július júl červenec července čvc heinäkuuta heinäkuu heinä iulie iul липня
    лип липень юли јул julija julij júla juliol juuli jūlijs jūlijā liepos liepa srpnja srpanj يوليو
aug august août aou aoû augustus augusti agosto ago sierpień sierpnia sie августа авг август ağustos ağu
    αύγ αυγ αυγούστου αύγουστος augusztus srpen srpna srp elokuuta elokuu elo серпня сер серп серпень
    augusta avgust avgusta agost augusts augustā rugpjūčio rugpjūtis kolovoza kolovoz agustus agu agt
    أغسطس
sep sept september septembre settembre sett set septiembre setembro wrzesień września wrz сентября сен
    сент сентябрь eylül eyl σεπ σεπτ σεπτεμβρίου σεπτέμβριος szeptember szept září zář syyskuuta syyskuu
    syys septembrie вересня вер верес вересень септември септембар сеп septembra setembre septembris
    septembrī rugsėjo rugsėjis rujna rujan سبتمبر
oct october octobre okt oktober ottobre ott octubre outubro out październik października paź октября окт
    октябрь ekim eki οκτ οκτωβρίου οκτώβριος október říjen října říj lokakuuta lokakuu loka octombrie
    жовтня жов жовт жовтень октомври октобар októbra oktobra oktoober oktobris oktobrī spalio spalis
    أكتوبر
nov november novembre noviembre novembro listopad listopada lis ноября ноя нояб ноябрь kasım kas νοέ νοε
    νοεμ νοεμβρίου νοέμβριος marraskuuta marraskuu marras noiembrie noi листопада лис лист листопад
    ноември новембар нов novembra novembris novembrī lapkričio lapkritis studenoga studenog studeni
    نوفمبر
dec december déc décembre dez dezember dicembre dic diciembre dezembro des desember grudzień grudnia gru
    декабря дек декабрь aralık ara δεκ δεκεμβρίου δεκέμβριος prosinec prosince pro joulukuuta joulukuu
    joulu decembrie грудня гру груд грудень декември децембар decembra desembre detsember decembris
    decembrī gruodžio gruodis prosinca prosinac ديسمبر
"""
_WEEKDAYS = """
mon monday lun lundi lunedì lunedi lunes luni mo montag maandag ma mån måndag mandag man seg segunda
    segunda-feira poniedziałek pon понедельник пн pazartesi pzt δευ δευτέρα hétfő pondělí po pondelok
    maanantai понеділок понеделник senin sen dilluns ponedjeljak 月 월 一
tue tues tuesday mar mardi martedì martedi martes marți marti di dienstag dinsdag tis tisdag tirsdag tir
    ter terça terça-feira wtorek wt wto вторник вт salı sal τρι τρίτη kedd úterý út utorok tiistai ti
    вівторок selasa sel dimarts utorak 火 화 二
wed weds wednesday mer mercredi mercoledì mercoledi miércoles mié mi miercuri mie mittwoch woensdag wo
    ons onsdag qua quarta quarta-feira środa śr śro среда ср çarşamba çar τετ τετάρτη szerda středa st
    streda keskiviikko ke середа сряда rabu rab dimecres srijeda 水 수 三
thu thur thurs thursday jeu jeudi giovedì giovedi gio jueves jue joi do donnerstag donderdag tor tors
    torsdag qui quinta quinta-feira czwartek czw четверг чт perşembe per πεμ πέμ πέμπτη csütörtök
    čtvrtek čt štvrtok torstai to четвер четвъртък kamis kam dijous četvrtak 木 목 四
fri friday ven vendredi venerdì venerdi viernes vie vineri vin fr freitag vrijdag vr fre fredag sex
    sexta sexta-feira piątek pt pią пятница пт cuma cum παρ παρασκευή péntek pátek pá piatok perjantai
    pe пʼятниця п'ятниця петък jumat jum divendres petak 金 금 五
sat saturday sam samedi sabato sab sábado sáb sâmbătă sambata sa samstag sonnabend zaterdag za lör
    lördag lørdag lau sobota sob суббота сб cumartesi cmt σαβ σάβ σάββατο szombat lauantai la субота
    събота sabtu dissabte subota 土 토 六
sun sunday dim dimanche domenica dom domingo duminică duminica dum so sonntag zondag zo sön söndag
    søndag niedziela niedz nd nie воскресенье вс pazar paz κυρ κυριακή vasárnap neděle ne nedeľa
    sunnuntai su неділя неделя нд minggu min diumenge nedjelja 日 일 天
"""


def _numbered_words(table: str, start: int) -> dict[str, int]:
    rows = table.strip().replace("\n    ", " ").splitlines()
    return {word: number for number, row in enumerate(rows, start) for word in row.split()}


MONTHS = _numbered_words(_MONTHS, 1)
WEEKDAYS = _numbered_words(_WEEKDAYS, 0)  # Monday is 0; weekdays are not verified because feeds often have them wrong
_CROATIAN = {"listopad": 10, "listopada": 10, "lis": 10}  # November in Polish and Czech


def month_number(word: str, language: str | None) -> int | None:
    """Return the number (1..12) of a month's lower-case name or abbreviation, or None."""
    if word in _CROATIAN and primary_language(language) in ("hr", "bs", "sh"):
        return _CROATIAN[word]
    return MONTHS.get(word)


def primary_language(language: str | None) -> str:
    """Return the primary subtag of a language tag (RFC 5646): "zh" for "zh_CN"."""
    return (language or "").lower().replace("_", "-").split("-")[0]


def is_chinese(language: str | None) -> bool:
    """Return whether a language tag denotes Chinese."""
    return primary_language(language) in ("zh", "cmn", "yue", "chi", "zho")
