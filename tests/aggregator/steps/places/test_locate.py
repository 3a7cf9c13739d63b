"""Regions of invented items."""

from __future__ import annotations

import itertools
import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from aggregator.messages import decisions
from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer
from aggregator.reference.place_names import PlaceNames
from aggregator.steps.places.locate import locate
from gedi.commands.locate import locate as command
from gedi.commands.locate import split_title


@pytest.mark.parametrize(
    ("title", "region"),
    [
        ("枣庄山亭火樱桃熟了", "370406"),
        ("山东枣庄：古城夜游人气旺", "370400"),
        ("山亭区新建三座便民桥", "370406"),
        ("乌市地铁延长运营时间", "650100"),
        ("长沙理工大学开出桥梁博物馆", "430100"),
        ("哈工大学生造出小卫星", "230100"),
        ("密云县水库迎来候鸟", "110118"),
        ("江干区一小区加装电梯", "330102"),
        ("北京朝阳区开通夜班公交", "110105"),
        ("长春朝阳区开通夜班公交", "220104"),
        ("辽宁朝阳发现新化石", "211300"),
        ("吉林吉林市雾凇节开幕", "220200"),
        ("吉林发布冰雪新政", "220000"),
        ("重庆巫山脆李上市", "500237"),
        ("河南济源小浪底调水", "419001"),
        ("皖北小麦开镰", "340000"),
        ("山东省委书记到枣庄调研", "370400"),
        ("臺灣高鐵加開班次", "710000"),
        ("廣東東莞工廠復工", "441900"),
        ("山东泰山主场取胜", "370000"),
        ("台北街头下起太阳雨", "710000"),
        ("湖南省会长沙今起降温", "430100"),
        ("省会宁夏银川公交免费一天", "640100"),
    ],
)
def test_a_title_tells_its_place(title: str, region: str) -> None:
    assert locate(title, "").region in (region, f"{region[:2]}0100" if region == "110000" else region)


@pytest.mark.parametrize(
    "title",
    [
        "国务院印发新一轮扩大消费方案",
        "全国多地迎来今冬首场雪",
        "法国巴黎举行马拉松",
        "外交部就有关问题答记者问",
        "周末在家做一碗面",
        "上海合作组织峰会闭幕",
        "北京时间今晚发射",
        "长安汽车发布新车型",
        "鼓楼区一商场开业",
        "京津冀协同发展再出新招",
        "和平是人类的共同愿望",
        "公安机关提醒谨防诈骗",
        "给孩子拍一组生日照",
        "马上高考了怎么放松",
        "高密度电池取得突破",
        "NBA季后赛今日打响",
        "辽宁舰编队出海训练",
    ],
)
def test_no_region_is_a_right_answer(title: str) -> None:
    assert locate(title, "").region is None


def test_streets_and_firms_are_no_places() -> None:
    assert locate("青岛市湛江路一商铺上新", "").region == "370200"
    assert locate("青岛啤酒发布年报", "").region is None
    assert locate("武汉市民在南京路散步", "").region == "420100"


def test_an_ambiguous_district_is_settled_by_company_or_home() -> None:
    assert locate("鼓楼区一商场开业", "昨天，福州市的这家商场迎来首批顾客。").county == "350102"
    assert locate("鼓楼区一商场开业", "", home="320100").county == "320106"
    assert locate("鼓楼区一商场开业", "", home="410000").county == "410204"


def test_the_home_is_where_an_item_without_a_place_is() -> None:
    place = locate("社区食堂今天开张", "居民早早排起了队。", home="370400")
    assert (place.region, place.why) == ("370400", decisions.HOME())
    assert locate("美国股市大跌", "纽约三大股指收低。", home="370400").region is None
    assert locate("国务院召开常务会议", "会议指出，要稳就业。", home="370400").region is None
    assert locate("这所小学获评全国优秀", "全校师生欢欣鼓舞。", home="370400").region == "370400"
    assert locate("我市新增两处口袋公园", "全国文明城市复查在即。", home="370400").region == "370400"
    assert locate("济南地铁再添新线", "", home="370400").region == "370100"


def test_namesakes_of_places_in_hong_kong_and_taiwan() -> None:
    assert locate("大埔墟凌晨火警", "", home="810000").region == "810000"
    assert locate("中山區今日停水", "", home="710000").region == "710000"
    assert locate("大埔县柚子丰收", "").region == "441422"
    assert locate("廣東省梅州市大埔縣柚子豐收", "", home="810000").region == "441422"


def test_the_title_outweighs_the_text() -> None:
    place = locate("苏州园林夜游开放", "来自上海、浙江的游客说，这里比想象的安静。")
    assert place.region == "320500"


def test_a_list_of_cities_leaves_the_province() -> None:
    place = locate("山东发布暴雨预警", "枣庄市、临沂市、济宁市、菏泽市将有大雨。")
    assert (place.province, place.city) == ("370000", None)


def test_a_passing_county_is_not_the_place() -> None:
    text = "枣庄今年要修十条路。" + "市民对此十分期待，盼着早日完工。" * 12 + "滕州市去年也修过。"
    assert locate("枣庄今年要修十条路", text).region == "370400"
    assert locate("山东要修十条路", "枣庄、临沂、济宁先行，滕州市随后。").county is None


def test_several_provinces_are_none() -> None:
    assert locate("山东、河南、江苏三地联手治水", "").region is None
    assert locate("三地联手治水", "山东、河南、江苏的水利部门昨天签约。").region is None


def test_an_agency_dateline_gives_the_province_only() -> None:
    place = locate("樱桃熟了", "新华社济南5月3日电（记者某某）山亭区的樱桃熟了。")
    assert place.region == "370406"
    assert locate("山里通了公交", "新华社昆明5月3日电 大理市一村通了公交。").city == "532900"


def test_a_local_dateline_counts() -> None:
    place = locate("樱桃熟了", "鲁网枣庄5月3日讯 果农们正忙着采摘。")
    assert place.region == "370400"
    assert decisions.IN_DATELINE.matches(place.why)
    assert locate("樱桃熟了", "果农们正忙着采摘。", dateline="鲁网").province == "370000"


def test_the_reason_names_the_evidence() -> None:
    assert locate("枣庄山亭火樱桃熟了", "").why == decisions.IN_TITLE(names=("枣庄", "山亭"))
    assert locate("火樱桃熟了", "在山东枣庄，果农正忙。").why == decisions.IN_LEAD(names=("山东", "枣庄"))


def test_names_never_overlap() -> None:
    names = PlaceNames.load(Gazetteer.load())
    text = "在新疆维吾尔自治区和田地区于田县，北京市长安街的来信" * 20
    found = names.find_mentions(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(text[m.start : m.end] == m.name.text for m in found)


@pytest.mark.parametrize("text", ["", " ", "。", "区", "\n\n", "🍒" * 300])
def test_text_without_a_place_is_where_its_source_is_at_home(text: str) -> None:
    assert locate(text, text, home="370400", dateline=text) == Place("370000", "370400", None, decisions.HOME())


def test_a_name_repeated_without_end_is_one_place() -> None:
    text = "北京" * 3000
    assert locate(text, text, home="370400", dateline=text) == Place(
        "110000", "110100", None, decisions.IN_TITLE(names=("北京",))
    )


_WORDS = [
    "山东",
    "枣庄",
    "临沂市",
    "北京",
    "朝阳",
    "鼓楼区",
    "和平",
    "法国",
    "全国",
    "我市",
    "鲁网",
    "5月3日讯",
    "路",
    "、",
    "。",
    "京",
]


@given(st.lists(st.sampled_from(_WORDS)), st.lists(st.sampled_from(_WORDS)), st.sampled_from([None, "370400", "11"]))
def test_any_mixture_of_names_has_an_answer_that_holds_together(
    title: list[str], text: list[str], home: str | None
) -> None:
    place = locate("".join(title), "".join(text), home=home)
    if place.county or place.city:
        assert place.province == f"{(place.county or place.city or '')[:2]}0000"
    assert (place.why != decisions.UNKNOWN_REGION()) == bool(place.region)


def test_the_command_answers_line_by_line() -> None:
    result = CliRunner().invoke(command, input="枣庄山亭樱桃熟了\n\n法国巴黎下雪\n")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [a["county"] for a in answers] == ["370406", None, None]
    assert set(answers[0]) == {"province", "city", "county", "regions", "why"}
    assert [a["why"] for a in answers] == ["title:枣庄 山亭", "", ""]


def test_the_command_takes_a_home_and_refuses_a_wrong_one() -> None:
    result = CliRunner().invoke(command, ["--home", "370400"], input="社区食堂开张\n")
    assert json.loads(result.stdout)["city"] == "370400"
    assert CliRunner().invoke(command, ["--home", "12"], input="").exit_code == 2


def test_a_line_is_title_and_text() -> None:
    assert split_title("短标题") == ("短标题", "")
    assert split_title("标题\t正文") == ("标题", "正文")
    assert split_title(" 这就是那第一句话。" + "后" * 80)[0] == "这就是那第一句话。"
    assert len(split_title("长" * 200)[0]) == 60
