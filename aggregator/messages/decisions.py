"""Codes of evidence for decisions about an item: category, region, story, and filters."""

from __future__ import annotations

from aggregator.messages.message import Code, Message

_ADMIN = "编辑人工指定"

# ---------------------------------------------------------------- category
UNDECIDED = Code("category.undecided", "没有足够的依据")  # this and the next five: no category
NO_KNOWN_TERM = Code("category.undecided-term", "栏目{terms}不对应任何一类，标题和开头没有可用的词", terms=tuple)
WEAK_WORDS = Code(
    "category.undecided-weak",
    "标题和开头的词{words}不够：得分{best}，至少要{least}",
    words=tuple,
    best=float,
    least=float,
)
CLOSE_WORDS = Code(
    "category.undecided-close",
    "标题和开头的词指向两类，难分上下：{words}（{best}）与{others}（{second}）",
    words=tuple,
    best=float,
    others=tuple,
    second=float,
)
UNLIKE_WORDS = Code(  # the words alone would have decided
    "category.undecided-meaning",
    "标题和开头的词{words}指向一类，但“{word}”与另一类的{near}意思相近",
    words=tuple,
    word=str,
    near=tuple,
)
UNSURE_MODEL = Code(
    "category.undecided-model", "分类模型的把握只有{share:.0%}，至少要{least:.0%}", share=float, least=float
)
CATEGORY_ADMIN = Code("category.admin", _ADMIN)
SOURCE = Code("category.source", "来源只发布这一类")
TERM = Code("category.term", "来源标注的栏目：{term}", term=str)
TERM_WORD = Code("category.term-word", "来源标注的栏目：{term}（其中的“{word}”）", term=str, word=str)
PATTERN = Code("category.pattern", "符合配置的规则{pattern}", pattern=str)
KEYWORDS = Code("category.keywords", "标题和开头的词：{words}", words=tuple, best=float, second=float)
MEANING = Code(
    "category.meaning", "标题和开头的词：{words}；“{word}”与{near}意思相近", words=tuple, word=str, near=tuple
)
MEANING_OF_ALL = Code("category.meaning-of-all", "标题和开头的词：{words}；与标题其余的词意思相合", words=tuple)
MODEL = Code("category.model", "分类模型判断，把握{share:.0%}；依据：{words}", share=float, words=str)
MODEL_ALONE = Code("category.model-alone", "分类模型判断，把握{share:.0%}", share=float)
SOURCE_PRIOR = Code("category.source-prior", "没有更确切的依据，按来源的栏目")
TERM_PRIOR = Code("category.term-prior", "来源标注的栏目：{term}", term=str)
STORY_CATEGORY = Code(  # of the reports of the same story
    "category.story", "自身没有足够的依据，按同一事件的条目{item}", item=int
)

# ---------------------------------------------------------------- region
UNKNOWN_REGION = Code("region.unknown", "没有足够的依据")
REGION_ADMIN = Code("region.admin", _ADMIN)
AS_ORIGINAL = Code("region.original", "文中没有地名，按所转载的条目{item}", item=int)
HOME = Code("region.home", "文中没有地名，按来源所在地")
IN_TITLE = Code("region.title", "标题提到：{names}", names=tuple)
IN_LEAD = Code("region.lead", "正文提到：{names}", names=tuple)
IN_TEXT = Code("region.text", "正文提到：{names}", names=tuple)
IN_DATELINE = Code("region.dateline", "电头写明：{names}", names=tuple)
TOGETHER_IN_TITLE = Code("region.together-title", "标题并列提到：{names}", names=tuple)
TOGETHER_IN_LEAD = Code("region.together-lead", "正文开头并列提到：{names}", names=tuple)

# ---------------------------------------------------------------- story: two texts compared
BIGRAMS = Code("story.bigrams", "较短的正文里{size}个二字片段有{overlap:.0%}相同", overlap=float, size=int)
SIX_GRAMS = Code("story.six-grams", "较短的正文里{size}个六字符片段有{overlap:.0%}相同", overlap=float, size=int)
HEADLINES = Code("story.headlines", "较短的标题{characters}个字，重合{overlap:.0%}", overlap=float, characters=int)
CONTRADICTED = Code("story.contradicted", "{evidence}，但{contradiction}", evidence=Message, contradiction=str)
REWORDED = Code("story.reworded", "{evidence}，较长的片段有{runs:.0%}相同", evidence=Message, runs=float)
BULLETIN = Code("story.bulletin", "{evidence}，是另一标题下的短讯", evidence=Message)
SHARED_TERMS = Code("story.shared-terms", "有{terms}个词相同，占较短导语的{overlap:.0%}", terms=int, overlap=float)
UNRELATED = Code("story.unrelated", "重合{overlap:.0%}，有{terms}个词相同", overlap=float, terms=int)

# ---------------------------------------------------------------- story: where an item belongs
ALONE = Code("story.alone", "没有相似的报道")
LIKENESS = Code("story.likeness", "与条目{item}的相似度{likeness:.0%}", likeness=float, item=int)
STORY_ADMIN = Code("story.admin", "编辑人工归并或拆出")
OTHER_EVENT = Code("story.other-event", "与原来所在的事件不是同一件事")
FIRST = Code("story.first", "最早发布；{evidence}", evidence=Message)
BEFORE = Code("story.before", "比条目{item}发布得早", item=int)
AFTER = Code("story.after", "条目{item}发布得更早", item=int)
COPY_AFTER = Code("story.copy-after", "条目{item}发布得更早；{evidence}", item=int, evidence=Message)
SIMILARITY = Code("story.similarity", "{relation}，相似度{similarity:.0%}", relation=Message, similarity=float)

RELATIONS = {  # of ``model.Relation``
    "original": Code("relation.original", "首发"),
    "reprint": Code("relation.reprint", "转载"),
    "rewrite": Code("relation.rewrite", "改写"),
    "further": Code("relation.further", "补充报道"),
}

# ---------------------------------------------------------------- series
SERIES = Code("series.issue", "“{name}”的一期：{why}", name=str, why=Message)
SERIES_FORM = Code("series.form", "标题的写法是{form}", form=Message)
SERIES_DAYS = Code("series.days", "这个来源在{days}天里发布过标题只差日期、期号和数字的条目", days=int)
SERIES_ADMIN = Code("series.admin", "编辑认定不属于系列")
SERIES_FORMS = {  # of ``steps.stories.series_forms``
    "weather": Code("series.weather", "天气预报"),
    "air": Code("series.air", "空气质量通报"),
    "lottery": Code("series.lottery", "开奖公告"),
    "prices": Code("series.prices", "价格行情"),
    "epidemic": Code("series.epidemic", "疫情通报"),
    "traffic": Code("series.traffic", "路况信息"),
    "live": Code("series.live", "直播或滚动新闻"),
    "numbered": Code("series.numbered", "写明期号的刊物或通报"),
}

# ---------------------------------------------------------------- filters
EXCLUDED_IN_TITLE = Code("filter.in-title", "标题里有{rule}", rule=str)
EXCLUDED_IN_TEXT = Code("filter.in-text", "正文里有{rule}", rule=str)
EXCLUDED = Code("filter.excluded", "符合{rule}", rule=str)
NOT_INCLUDED = Code("filter.not-included", "不符合任何一条：{rules}", rules=tuple)

# ---------------------------------------------------------------- advertorials
_LABEL = "疑似推广（标有：{words}）"
LABEL_IN_TITLE = Code("advert.label-title", _LABEL, words=str)
LABEL_IN_TERMS = Code("advert.label-terms", _LABEL, words=str)
LABEL_IN_ADDRESS = Code("advert.label-address", _LABEL, words=str)
LABEL_IN_TEXT = Code("advert.label-text", _LABEL, words=str)
HOROSCOPE = Code("advert.horoscope", "疑似推广（星座运势：{words}）", words=str)
LOTTERY = Code("advert.lottery", "疑似推广（彩票推荐：{words}）", words=str)
SELLING = Code("advert.selling", "疑似推广（推销用语：{phrases}）", phrases=tuple)
PHRASES = {  # selling words by kind
    name: Code(f"phrase.{name.replace(' ', '-')}", "{words}", words=str)
    for name in ("discounts", "calls to buy", "contacts", "gifts", "franchises", "estates", "shops")
}
