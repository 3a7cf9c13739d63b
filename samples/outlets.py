"""The sample outlets; none of them exists. Each has a defect of real outlets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["rss20", "rss10", "rss091", "atom", "json"]
Dates = Literal["rfc822", "gmt", "iso", "bare", "chinese", "slashed"]
Markup = Literal["p", "br", "styled"]
Behavior = Literal["good", "cut", "slow", "hanging", "moved", "elsewhere", "stub", "error", "missing", "gone", "page"]


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet and the habits of its feed.

    ``region`` and ``category`` say what it writes about (None: anything, anywhere); ``told`` is whether its line in
    config.toml says so too. ``encoding`` is what its bytes are in, ``declared`` what the document claims, if that is
    something else. ``behaviour``: "cut" breaks off in the middle and "stub" in the first line, "moved" answers 301 at
    the listed address and "elsewhere" 302, "page" has an HTML page there, the rest as their names say.
    """

    slug: str
    title: str
    region: str | None
    category: str | None = None
    format: Format = "rss20"
    path: str = "feed.xml"
    configured_path: str | None = None  # path in config.toml, if it is an older one
    encoding: str = "utf-8"
    declared: str | None = None
    dates: Dates = "rfc822"
    has_full_text: bool = True
    uses_content_encoded: bool = False  # full text in content:encoded, excerpt in description
    markup: Markup = "p"
    has_guids: bool = True
    has_relative_links: bool = False
    uses_html_entities: bool = False
    has_terms: bool = True
    traditional: bool = False
    dateline: str = "{title}{place}{date}讯（{author}）"
    link: str = "{day}/t{stamp}_{number}.html"
    behavior: Behavior = "good"
    enabled: bool = True
    scope_in_config: bool = True
    exclude: tuple[str, ...] = ()
    entries: int = 30

    @property
    def publishes(self) -> bool:
        """Return whether its feed ever has entries."""
        return self.behavior not in ("stub", "error", "missing", "gone", "hanging")

    @property
    def address(self) -> str:
        """Return the path of its feed in config.toml."""
        return f"/{self.slug}/{self.configured_path or self.path}"


SHANDONG = (
    Outlet("liuyuan", "榴园晨讯", "370400", exclude=("【推广】",)),
    Outlet(
        "baodu",
        "抱犊山乡报",
        "370406",
        encoding="gbk",
        dateline="本报讯（{author}）",
        link="content/{number}.htm",
        markup="br",
    ),
    Outlet("quanpan", "泉畔早报", "370100", entries=40, link="article?id={number}", uses_content_encoded=True),
    Outlet("jiaowan", "胶湾快讯", "370200", format="atom", path="atom.xml", dates="iso", dateline="胶湾快讯{date}讯"),
    Outlet("yishang", "沂上网", "371300", format="rss10", path="index.rdf", encoding="gbk", dates="iso"),
    Outlet("zhifuchao", "芝罘潮", "370600", has_guids=False, dateline="{place}消息", markup="styled"),
    Outlet("yuandu", "鸢线新闻", "370700", format="json", path="feed.json", dates="iso"),
    Outlet("weihu", "微湖渔报", "370826", encoding="gb18030", declared="gb2312", dates="chinese", has_terms=False),
    Outlet("daixia", "岱下晚报", "370900", dates="bare", has_full_text=False, dateline="本报{date}讯 {author}"),
    Outlet("hekou", "河口潮讯", "370500", format="atom", path="atom", dates="iso", has_relative_links=True),
    Outlet(
        "donghu",
        "东湖边报",
        "371500",
        format="rss091",
        path="rss.xml",
        encoding="gb2312",
        dates="gmt",
        has_full_text=False,
    ),
    Outlet("haian", "海岸线日讯", "371100", uses_html_entities=True, scope_in_config=False),
    Outlet(
        "haidaishe",
        "海岱通稿",
        "370000",
        entries=50,
        dateline="海岱通稿{place}{date}电（{author}）",
        exclude=("【推广】",),
        uses_content_encoded=True,
    ),
)

OTHER_PROVINCES = (
    Outlet(
        "jinguan",
        "锦官街坊报",
        "510100",
        dateline="{place}{date}讯（{author}）",
        uses_content_encoded=True,
        markup="styled",
    ),
    Outlet("jiangtan", "江滩早讯", "420100", uses_html_entities=True, link="news/{number}.shtml", markup="styled"),
    Outlet("juzhou", "橘洲新闻", "430100", format="rss10", path="rdf.xml", dates="iso"),
    Outlet("baliu", "灞柳网", "610100", format="atom", path="feed.atom", dates="iso", has_terms=False),
    Outlet("xuejiang", "雪江报", "230100", dates="chinese", dateline="雪江报{place}讯（{author}）", markup="br"),
    Outlet("dianyan", "滇沿报", "530100", dates="slashed", has_relative_links=True),
    Outlet("zhushui", "珠水街报", "440100", format="json", path="feed/json", dates="iso", has_full_text=False),
    Outlet("zhenhe", "枕河时讯", "320500", has_guids=False, link="?newsid={number}"),
    Outlet("xixi", "溪上晚讯", "330100", format="atom", path="index.atom", dates="iso"),
    Outlet("fenshui", "汾上新报", "140100", encoding="gbk", dates="gmt", markup="br"),
    Outlet("baitashan", "白塔山报", "620100", dates="bare", scope_in_config=False),
    Outlet("ludao", "鷺島僑訊", "350200", encoding="big5", traditional=True, dateline="【{title}{date}訊】"),
    Outlet(
        "yanzhao", "燕南乡讯", "130000", declared="gb2312", has_terms=False, dateline="本网{place}{date}电 {author}"
    ),
    Outlet("yuzhong", "中原巷报", "410100", behavior="moved", configured_path="rss.php", scope_in_config=False),
    Outlet("shancheng", "坡坎新闻", "500000", behavior="slow", entries=20),
    Outlet("wanshui", "皖水日讯", "340100", behavior="elsewhere", configured_path="rss"),
)

SPECIALIZED = (
    Outlet("dengxia", "灯下故事", None, "emotion/story", format="atom", path="atom.xml", dates="iso", dateline=""),
    Outlet("tianken", "田垦周讯", None, "agriculture", dates="rfc822", dateline="（{author}）"),
    Outlet("changbian", "场边体育", None, "sports", format="json", path="feed.json", dates="iso", dateline=""),
    Outlet("chilun", "齿轮科技", None, "tech", encoding="gbk", has_full_text=False),
    Outlet(
        "qianli",
        "千里通讯",
        None,
        entries=60,
        dateline="千里通讯{place}{date}电（{author}）",
        has_terms=False,
        uses_content_encoded=True,
    ),
)

FAULTY = (
    Outlet("canye", "残页新闻", "360100", behavior="cut", entries=12),
    Outlet("duanxian", "断线晚讯", "220200", behavior="stub"),
    Outlet("yunti", "云梯新闻", "520100", behavior="error"),
    Outlet("laocheng", "老城旧闻", "610100", behavior="missing"),
    Outlet("shouguan", "收官报", "210100", behavior="gone"),
    Outlet("manche", "慢车站报", "220100", behavior="hanging"),
    Outlet("menmian", "门面网", "450100", behavior="page", configured_path="index.html"),
    Outlet("xiuxi", "休刊月报", "640100", enabled=False),
)

OUTLETS: tuple[Outlet, ...] = SHANDONG + OTHER_PROVINCES + SPECIALIZED + FAULTY
