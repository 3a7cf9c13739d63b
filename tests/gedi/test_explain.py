"""Explain, split, merge, move and corrections, as an admin uses them."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from aggregator.messages import decisions
from aggregator.model.correction_requests import RequestText
from aggregator.model.filters import FilterReason, FilterRecord
from aggregator.store import Store
from gedi.commands.explained_texts import filtered_lines, filtered_texts
from tests.clock import now
from tests.gedi.test_commands import REWORDED, Desk, desk, number, polled, publisher
from tests.rss import ARTICLE, BASE, item, rss
from tests.servers import conditional

__all__ = ["desk", "polled", "publisher"]  # fixtures


pytestmark = pytest.mark.clock(every=34)


def explained(desk: Desk, ref: str) -> dict[str, Any]:
    answer = desk("explain", ref, "--json")
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def edit_reprint(desk: Desk, more: str) -> None:
    """Publish an edited version of the second outlet's reprint, and poll it."""
    changed = item("8", "老城区小巷换上新管线", REWORDED + more, now() - timedelta(hours=1))
    desk.server.route("/b", conditional(rss("乙", changed), f'"{more}"'))
    desk.visit("b")


def test_explain_gives_the_evidence_for_everything(polled: Desk) -> None:
    first, copy = number(polled, "1"), number(polled, "8")
    told = explained(polled, copy)
    assert told["category"]["why"] == "source"
    assert told["category"]["reason"] == "its source publishes this"
    assert told["story"]["relation"] == "reprint"
    assert told["story"]["reprint_of"] == int(first)
    assert told["story"]["compared"]["item"] == int(first)
    assert told["story"]["compared"]["similarity"] > 0.9
    assert "枣庄老城区十二条背街小巷" in told["story"]["compared"]["shared"]
    assert (told["fixed"], told["corrections"], told["today"], told["withdrawn"]) == ([], [], None, None)
    assert explained(polled, first)["region"]["name"].startswith("山东省枣庄市")
    found = told["in_words"]
    assert [reason["subject"] for reason in found["reasons"]] == ["category", "region", "story"]
    assert found["compared"]["sentence"].startswith("The same text as “")
    for pair in found["compared"]["shared"]:
        ours, theirs = found["text"][slice(*pair["text"])], found["compared"]["text"][slice(*pair["other"])]
        assert ours == theirs
        assert len(ours) >= 6
    lines = polled("explain", copy).stdout
    start = found["compared"]["passages"]["text"][0][0]
    assert f"「{found['text'][start : start + 100]}" in lines
    for words in ("reprint (转载)", "reprint of", "both name", "alike ", "outlets: 2", "Filed under ", "\nthere"):
        assert words in lines


def test_series_are_listed_explained_and_corrected(polled: Desk) -> None:
    issues = [item(str(21 + day), f"枣庄6月{day}日天气预报", "多云。", now() - timedelta(hours=day)) for day in (1, 2)]
    polled.server.route("/b", conditional(rss("乙", *issues), '"issues"'))
    polled.visit("b")
    issue = number(polled, "22")
    [found] = polled.rows("series")
    assert (found["name"], found["source"], found["issues"]) == ("枣庄天气预报", "b", 2)
    assert explained(polled, issue)["series"]["name"] == "枣庄天气预报"
    assert "an issue of 枣庄天气预报: its title is written like that of a weather" in polled("explain", issue).stdout
    assert polled.rows("series", "--not", issue, "--dry-run")[0]["series"] == found["id"]
    assert polled("series", "--not", issue, "--dissolve", "1").exit_code == 2
    assert polled("series", "--not", issue).exit_code == 0
    assert polled("series", "--not", issue).exit_code == 2
    told = explained(polled, issue)
    assert (told["series"], told["fixed"]) == (None, ["series"])
    assert "series 1 -> none" in polled("explain", issue).stdout
    assert polled("series", "--dissolve", "9").exit_code == 2
    assert "would be dissolved" in polled("series", "--dissolve", "1", "--dry-run").stdout
    assert polled("series", "--dissolve", "1").exit_code == 0
    assert polled.rows("series") == []


def test_explain_marks_what_a_filter_found() -> None:
    reason = FilterReason("exclude", decisions.EXCLUDED_IN_TITLE(rule="title:大促"))
    facts = filtered_texts(FilterRecord("a", "u", "年末大促今日开场", "http://a.example/1", reason, now()))
    assert facts["filtered"]["passages"] == {"title": [[2, 4]]}
    assert filtered_lines(facts)[0] == ("entry", "年末「大促」今日开场")
    assert facts["filtered"]["sentence"].startswith("Left out: ")


@pytest.mark.parametrize("ref", ["{number}", f"{BASE}/8.html", "http://localhost:8000/item/{number}", "/item/{number}"])
def test_an_item_is_found_by_what_one_has_at_hand(polled: Desk, ref: str) -> None:
    copy = number(polled, "8")
    assert explained(polled, ref.format(number=copy))["item"] == int(copy)
    assert explained(polled, ref.format(number=copy) + ".json" if "item" in ref else copy)["item"] == int(copy)


def test_unknown_items_are_met_with_what_to_do(polled: Desk) -> None:
    for words in (("explain", "0"), ("explain", "http://nowhere.example/"), ("corrections", "--item", "x")):
        answer = polled(*words)
        assert answer.exit_code != 0
        assert "no item" in answer.stderr
        assert "gedi items" in answer.stderr
    answer = polled("move", "999", "--category", "law")
    assert (answer.exit_code, "no item 999" in answer.stderr) == (2, True)


def test_a_split_holds_against_edits_and_a_merge_takes_it_back(polled: Desk) -> None:
    first, copy = number(polled, "1"), number(polled, "8")
    story = explained(polled, first)["story"]["story"]
    assert polled("split", f"{BASE}/8.html").exit_code == 0
    edit_reprint(polled, "补一句。")
    assert explained(polled, copy)["story"]["story"] == int(copy)
    assert explained(polled, copy)["fixed"] == ["story"]
    assert polled("merge", first, copy).exit_code == 0
    edit_reprint(polled, "再补一句。")
    assert explained(polled, copy)["story"]["story"] == story
    rows = polled.rows("corrections")
    assert [(row["verb"], row["item_id"], row["holds"]) for row in rows] == [
        ("merge", int(copy), True),
        ("merge", int(first), True),
        ("split", int(copy), False),
    ]
    told = polled("explain", copy).stdout
    assert f"merge with {first}" in told
    assert f"split from {first}" in told
    assert "(over)" in told
    assert f"item {copy}" in polled("corrections").stdout
    assert polled.rows("corrections", "--item", copy, "--limit", "1")[0]["verb"] == "merge"


def test_a_move_holds_until_it_is_reset(polled: Desk) -> None:
    copy = number(polled, "8")
    before = explained(polled, copy)
    assert polled("move", copy, "--category", "law", "--region", "530000").exit_code == 0
    edit_reprint(polled, "补一句。")
    moved = explained(polled, copy)
    assert (moved["category"]["category"], moved["region"]["region"]) == ("law", "530000")
    assert moved["fixed"] == ["category", "region"]
    assert moved["today"]["category"]["category"] == before["category"]["category"]
    assert "the category would be travel" in polled("explain", copy).stdout
    answer = polled("move", copy, "--reset")
    assert (answer.exit_code, "found out about again: travel" in answer.stdout) == (0, True)
    after = explained(polled, copy)
    assert (after["category"], after["region"]) == (before["category"], before["region"])
    assert after["fixed"] == []
    assert [row["verb"] for row in after["corrections"]] == ["reset", "reset", "move", "move"]


def test_moves_say_what_is_wrong(polled: Desk) -> None:
    copy = number(polled, "8")
    assert "leave --category" in polled("move", copy, "--reset", "--category", "law").stderr
    assert "say where to" in polled("move", copy).stderr
    assert "no region code" in polled("move", copy, "--region", "枣庄").stderr
    assert "is already the only item" in polled("split", number(polled, "9")).stdout
    assert polled("remove", copy).exit_code == 0
    assert "was withdrawn" in polled("move", copy, "--category", "law").stderr
    assert explained(polled, copy)["withdrawn"]
    assert ARTICLE[:20] not in polled("explain", copy).stdout


def test_requests_of_readers_are_listed_and_marked_as_done(polled: Desk, database_url: str) -> None:
    assert "no open requests" in polled("requests").stderr
    with closing(Store.open(database_url)) as store:
        first = store.add_correction_request(RequestText("某条新闻", "第一行\n第二行", "读者", "r@mail.example"), now())
        second = store.add_correction_request(RequestText("https://gedi.example/item/7", "删除", item_id=7), now())
    assert polled.rows("stats")[0]["open_requests"] == 2
    rows = polled.rows("requests")
    assert [(row["id"], row["item_id"], row["email"]) for row in rows] == [
        (second, 7, ""),
        (first, None, "r@mail.example"),
    ]
    told = polled("requests").stdout
    assert "https://gedi.example/item/7 (item 7)\n    删除" in told
    assert "某条新闻  读者 <r@mail.example>\n    第一行\n    第二行" in told
    answer = polled("requests", "--done", str(first), "--done", str(second))
    assert (answer.exit_code, answer.stdout) == (0, "2 requests done\n")
    answer = polled("requests", "--done", str(first))
    assert (answer.exit_code, f"no open request {first}" in answer.stderr) == (2, True)
    assert polled.rows("requests") == []


def test_nothing_corrected_yet(polled: Desk) -> None:
    answer = polled("corrections")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "nothing has been corrected" in answer.stderr
    assert polled("corrections", "--json").stdout == ""


def test_what_is_withdrawn_by_its_address_is_explained_with_the_reason(polled: Desk) -> None:
    copy = number(polled, "8")
    answer = polled("remove", f"{BASE}/8.html", "--why", "the publisher asked for it")
    assert (answer.exit_code, answer.stdout) == (0, "1 items withdrawn\n")
    edit_reprint(polled, "又来了。")
    told = explained(polled, copy)
    assert told["withdrawn"]
    assert told["withdrawn_why"] == "the publisher asked for it"
    assert "the publisher asked for it" in polled("explain", copy).stdout
    assert copy not in [str(row["id"]) for row in polled.rows("items")]
    assert "the publisher asked for it" not in polled("items", "--json").stdout


def test_an_address_withdraws_every_item_that_has_it_and_an_unknown_one_withdraws_nothing(polled: Desk) -> None:
    same = item("77", "另一家转来的老城区消息", "原文照登。", now() - timedelta(hours=1))
    polled.server.route("/b", conditional(rss("乙", same.replace("/77.html", "/1.html")), '"one address"'))
    polled.visit("b")
    before = len(polled.rows("items"))
    answer = polled("remove", f"{BASE}/1.html", f"{BASE}/nowhere.html")
    assert (answer.exit_code, len(polled.rows("items"))) == (2, before)
    assert f"no item {BASE}/nowhere.html" in answer.stderr
    gone = [str(row["id"]) for row in polled.rows("items") if row["url"] == f"{BASE}/1.html"]
    assert polled("remove", f"{BASE}/1.html").stdout == f"{len(gone)} items withdrawn\n"
    assert f"{BASE}/1.html" not in [row["url"] for row in polled.rows("items")]
    assert explained(polled, gone[0])["withdrawn_why"] is None
