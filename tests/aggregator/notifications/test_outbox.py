"""Each story is sent once to each target, by real requests, whatever fails or is killed in between."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.messages import english
from aggregator.model import Place
from aggregator.notifications.delivery import LEASE
from aggregator.notifications.targets import targets_of
from aggregator.publishing.daily_selection import publication_time
from aggregator.store import LeaseLostError, Store
from tests.aggregator.notifications.worker import SECRET, NotifyWorker, config_of, mail_server, webhook
from tests.aggregator.store.factories import NOW, draft, outlets, publish
from tests.servers import Request, Server, reply, respond_in_turn

OK = reply(204)


def body_of(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.body)
    return found


def titles(server: Server, path: str) -> list[list[str]]:
    return [
        [story["title"] for story in body_of(request)["stories"]] for request in server.requests if request.path == path
    ]


def test_each_story_is_sent_once_to_the_targets_that_want_it(store: Store, server: Server) -> None:
    paths = {"society": "category/society", "zaozhuang": "region/370400", "hot": "hot", "rain": "search:暴雨 -上海"}
    config = config_of("".join(webhook(server.route(f"/{path}", OK), what) for path, what in paths.items()))
    worker = NotifyWorker(store, config)
    outlets(store, "a", "b", "c")
    (before,) = publish(store, "a", draft("before", category="society"))
    worker.work()
    assert server.requests == [], "only what is new from now on"

    place = Place("370000", "370400")
    (story,) = publish(store, "a", draft("1", title="枣庄暴雨", category="society", place=place))
    publish(store, "a", draft("2", title="上海暴雨"), draft("old", category="society", minutes=2000))
    publish(store, "b", draft("3", title="旧事再报", category="society"), story=before)
    worker.work()
    for path in ("/society", "/zaozhuang", "/rain"):
        assert titles(server, path) == [["枣庄暴雨"]], path
    assert server.count("/hot") == 1, "the story of before has two outlets now"

    publish(store, "b", draft("4", title="枣庄暴雨续报", text="暴雨", category="society", place=place), story=story)
    publish(store, "c", draft("5", title="枣庄暴雨三报", category="society", place=place), story=story)
    worker.work()
    assert titles(server, "/hot")[1:] == [["枣庄暴雨"]]
    assert [server.count(f"/{path}") for path in paths] == [1, 1, 2, 1]
    payload = body_of(server.requests[-1])
    (sent,) = payload["stories"]
    assert payload["site"] == {"title": "Ludong News", "url": "https://news.example"}
    assert (sent["url"], sent["outlets"], sent["first"]) == (
        f"https://news.example/story/{story}",
        ["A", "B", "C"],
        "A",
    )
    assert "A, B, C: 3 outlets" in payload["text"]
    assert {state.sent for state in worker.states()} == {1, 2}


def test_a_webhook_is_signed_and_guarded(store: Store, server: Server) -> None:
    url = server.route("/hook", reply(204))
    outlets(store, "a")
    worker = NotifyWorker(store, config_of(webhook(url, "category/society")))
    guarded = NotifyWorker(store, config_of(webhook(url, "category/society", 'name = "guarded"'), allow=""))
    worker.work()
    guarded.work()
    publish(store, "a", draft("1", category="society"))
    worker.work()
    guarded.work()
    (request,) = server.requests
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert body_of(request)["id"] == request.headers["webhook-id"]
    (state,) = guarded.states()
    assert "private" in (english(state.error) or "")
    assert (state.waiting, state.sent) == (1, 0)


def test_a_failure_is_retried_with_the_same_id_and_delays_no_other_target(store: Store, server: Server) -> None:
    bad = server.route("/bad", respond_in_turn(reply(503, retry_after="600"), reply(500), OK))
    config = config_of(webhook(bad, "category/society") + webhook(server.route("/good", OK), "category/society"))
    worker = NotifyWorker(store, config)
    outlets(store, "a")
    worker.work()
    publish(store, "a", draft("1", category="society"))
    worker.work()
    publish(store, "a", draft("2", category="society"))
    worker.wait(minutes=1)
    worker.work()
    assert (server.count("/bad"), server.count("/good")) == (1, 2)
    failing = worker.states()[0]
    assert (failing.failing_since, failing.waiting) == (NOW, 1), "what comes meanwhile is looked for later"
    assert failing.next_at == NOW + timedelta(minutes=10)
    assert "503" in (english(failing.error) or "")
    worker.wait(minutes=10)
    worker.work()
    worker.wait(minutes=30)
    worker.work()
    ids = [request.headers["webhook-id"] for request in server.requests if request.path == "/bad"]
    assert len(ids) == 4
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert titles(server, "/bad")[2:] == [["标题1"], ["标题2"]]
    recovered = worker.states()[0]
    assert (recovered.failing_since, recovered.error, recovered.waiting, recovered.sent) == (None, None, 0, 2)


def test_what_exceeds_the_cap_and_what_waits_for_the_end_of_the_night_is_one_message(
    store: Store, server: Server
) -> None:
    capped = webhook(server.route("/capped", OK), "category/society", "most_per_hour = 2")
    quiet = webhook(server.route("/quiet", OK), "category/society", 'quiet = "15:30-17:00"')  # now: 16:00
    batch = webhook(server.route("/batch", OK), "category/society", 'batch = "10m"')
    worker = NotifyWorker(store, config_of(capped + quiet + batch))
    outlets(store, "a")
    worker.work()
    publish(store, "a", *(draft(str(number), category="society") for number in range(4)))
    worker.work()
    assert titles(server, "/capped") == [["标题0"], ["标题1", "标题2", "标题3"]]
    assert not server.count("/quiet") + server.count("/batch")
    worker.wait(minutes=5)
    publish(store, "a", draft("4", category="society"), draft("5", category="society"), now=worker.now)
    worker.work()
    assert server.count("/capped") == 2
    worker.wait(minutes=56)
    publish(store, "a", draft("6", category="society", minutes=-61), now=worker.now)
    worker.work()
    assert titles(server, "/capped")[2:] == [["标题4"], ["标题5", "标题6"]]
    assert titles(server, "/quiet") == [[f"标题{number}" for number in range(6)], ["标题6"]]
    assert [len(each) for each in titles(server, "/batch")] == [7]


def test_killed_workers_lose_nothing_and_two_workers_double_nothing(store: Store, server: Server) -> None:
    config = config_of(webhook(server.route("/hook", OK), "category/society"))
    worker, other = NotifyWorker(store, config), NotifyWorker(store, config, "other")
    outlets(store, "a")
    worker.work()
    publish(store, "a", draft("1", category="society"), draft("2", category="society"))
    watched = [target.watched(config, NOW) for target in targets_of(config)]
    (claim,) = store.claim_targets(watched, NOW, LEASE, "killed", 8)
    assert store.claim_targets(watched, NOW, LEASE, "other", 8) == []
    events, position, _ = store.events_after("society", claim.position, 50)
    assert len(events) == 2
    other.work()
    assert server.requests == [], "the lease of the killed worker holds"
    other.wait(seconds=LEASE.total_seconds() + 1)
    other.work()
    worker.now = other.now
    worker.work()
    assert titles(server, "/hook") == [["标题1"], ["标题2"]]
    with pytest.raises(LeaseLostError):  # it was stopped, not killed
        store.add_notices(claim, [], position)


def test_a_message_that_was_being_sent_is_sent_again_under_its_id(store: Store, server: Server) -> None:
    config = config_of(webhook(server.route("/hook", OK), "category/society"))
    worker = NotifyWorker(store, config)
    outlets(store, "a")
    worker.work()
    publish(store, "a", draft("1", category="society"))
    watched = [target.watched(config, NOW) for target in targets_of(config)]
    (claim,) = store.claim_targets(watched, NOW, LEASE, "killed", 8)
    from aggregator.notifications.selection import collect

    claim = collect(targets_of(config)[0], claim, store, config, NOW)
    (notice,) = store.waiting_notices(claim.key)
    store.form_messages(claim, {"msg_1": [notice.id]}, NOW)
    store.begin_attempt(claim, "msg_1", NOW + LEASE)
    worker.wait(seconds=LEASE.total_seconds() + 1)
    worker.work()
    worker.work()
    assert [request.headers["webhook-id"] for request in server.requests] == ["msg_1"]


def test_stories_that_were_merged_or_withdrawn_are_not_sent(store: Store, server: Server) -> None:
    from tests.aggregator.store.factories import place as place_items

    config = config_of(webhook(server.route("/hook", OK), "category/society", 'batch = "10m"'))
    worker = NotifyWorker(store, config)
    outlets(store, "a", "b")
    worker.work()
    first, second = publish(store, "a", draft("1", category="society"), draft("2", category="society"))
    worker.work()
    from aggregator.model import Placement, Relation

    place_items(store, Placement(second, first, Relation.FURTHER))
    worker.wait(minutes=11)
    worker.work()
    assert titles(server, "/hook") == [["标题1"]]


def test_incidents_and_their_ends_are_sent(store: Store, server: Server) -> None:
    from aggregator.messages import incidents

    worker = NotifyWorker(store, config_of(webhook(server.route("/hook", OK), "incidents")))
    store.open_incident("database", incidents.DATABASE(error="locked"), NOW - timedelta(hours=1))
    worker.work()
    store.close_incident("database", NOW)
    worker.wait(minutes=5)
    store.open_incident("disk", incidents.DISK(), worker.now)
    worker.work()
    worker.work()
    worker.wait(minutes=5)
    store.close_incident("disk", worker.now)
    worker.work()
    found = [body_of(request)["incidents"] for request in server.requests]
    assert [[(each["subject"], each["event"]) for each in part] for part in found] == [
        [("disk", "began")],
        [("disk", "ended")],
    ]


def test_apprise_sends_to_chats_and_mailboxes_from_a_child(store: Store, server: Server) -> None:
    server.route("/", reply(200, b"{}", content_type="application/json"))
    with mail_server() as mailbox:
        mailbox.reject = 1
        chat = f'[[notify]]\nurl = "ntfy://{server.place}/news"\nwhat = "category/society"\nlanguage = "zh"\n'
        address = f"mailto://127.0.0.1:{mailbox.port}?from=gedi@news.example&to=desk@news.example"
        mail = f'[[notify]]\nurl = "{address}"\nwhat = "category/society"\n'
        worker = NotifyWorker(store, config_of(chat + mail))
        outlets(store, "a")
        worker.work()
        publish(store, "a", draft("1", title="枣庄暴雨", category="society"))
        worker.work()
        failed = worker.states()[1]
        assert failed.failing_since == NOW
        worker.wait(minutes=2)
        worker.work()
    first, again = mailbox.mails
    assert first["Message-ID"] == again["Message-ID"]
    assert again["Subject"] == "枣庄暴雨"
    assert again["To"] == "desk@news.example"
    assert "https://news.example/item/1" in again.get_content()
    (request,) = server.requests
    note = json.loads(request.body)
    assert (note["topic"], note["title"]) == ("news", "枣庄暴雨")
    assert "https://news.example/item/1" in note["message"]
    assert [state.sent for state in worker.states()] == [1, 1]


def test_no_address_and_no_secret_is_stored(store: Store, server: Server, tmp_path: Path) -> None:
    worker = NotifyWorker(store, config_of(webhook(server.route("/hook-token", reply(500)), "hot")))
    worker.work()
    shown = repr((worker.config, worker.states(), targets_of(worker.config)))
    assert SECRET not in shown
    assert "hook-token" not in repr((worker.states(), targets_of(worker.config)))


def test_the_digest_of_a_day_is_sent_once_at_its_hour(store: Store, server: Server) -> None:
    with mail_server() as mailbox:
        address = f"mailto://127.0.0.1:{mailbox.port}?from=gedi@news.example&to=desk@news.example"
        mail = f'[[notify]]\nurl = "{address}"\nwhat = "daily/society"\n'
        worker = NotifyWorker(store, config_of(webhook(server.route("/hook", OK), "daily/society/370400") + mail))
        outlets(store, "a", "b")
        worker.work()
        place = Place("370000", "370400")
        (story,) = publish(store, "a", draft("1", title="枣庄暴雨", category="society", place=place))
        publish(store, "b", draft("2", title="暴雨再报", category="society", place=place), story=story)
        publish(store, "a", draft("3", title="济南晴", category="society"), draft("4", category="tech"))
        worker.work()
        assert (server.requests, mailbox.mails) == ([], []), "the day is not over"
        worker.now = publication_time(worker.config, date(2026, 6, 1))
        for _ in range(2):
            worker.work()
            worker.wait(hours=3)
    (request,), (sent,) = server.requests, mailbox.mails
    assert body_of(request)["digest"]["day"] == "2026-06-01"
    assert "枣庄暴雨" in body_of(request)["digest"]["html"]
    assert "济南晴" not in body_of(request)["digest"]["html"]
    assert sent["Subject"] == "社会每日要闻：6月1日"
    body = sent.get_content()
    assert body.index("枣庄暴雨") < body.index("济南晴") < body.index("https://news.example/daily/2026-06-01")
