"""When notices become messages, what the config accepts, and by what targets are known."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator.config.checks import ConfigErrors
from aggregator.config.notify_settings import parse_quiet
from aggregator.config.service_addresses import is_webhook, service_address
from aggregator.model.notifications import Notice
from aggregator.notifications.apprise_process import AppriseProcess
from aggregator.notifications.batching import Plan, plan_messages
from aggregator.notifications.targets import targets_of
from tests.aggregator.notifications.worker import SECRET, config_of

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)  # in Shanghai
MINUTE = timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def target(*settings: str) -> str:
    more = "\n".join(settings)
    return f'[[notify]]\nurl = "ntfy://ntfy.sh/a"\nwhat = "hot"\n{more}\n'


def plan(waiting: list[int], sent: list[int], *settings: str, now: datetime = NOON) -> Plan:
    """Return the plan; times in minutes before ``now``."""
    (chosen,) = targets_of(config_of(target(*settings)))
    notices = [Notice(number, f"story/{number}", now - ago * MINUTE, number) for number, ago in enumerate(waiting)]
    return plan_messages(notices, [now - ago * MINUTE for ago in sent], chosen, now)


@pytest.mark.parametrize(
    ("waiting", "sent", "settings", "groups", "wait"),
    [
        ([], [], (), [], None),
        ([5, 1], [], (), [[0], [1]], None),
        ([5, 1, 0], [], ("most_per_hour = 2",), [[0], [1, 2]], None),
        ([5, 1, 0], [70, 20], ("most_per_hour = 2",), [[0, 1, 2]], None),
        ([5], [59, 20], ("most_per_hour = 2",), [], 1),
        ([5, 1], [], ('batch = "10m"',), [], 5),
        ([10, 1], [], ('batch = "10m"',), [[0, 1]], None),
        ([5, 1], [], ('quiet = "11:30-12:30"',), [], 30),
        ([200, 61, 59, 1], [], ('quiet = "08:00-11:00"',), [[0, 1], [2], [3]], None),
        ([5, 1], [], ('quiet = "12:00-11:00"',), [], 23 * 60),
    ],
)
def test_messages_are_planned(
    waiting: list[int], sent: list[int], settings: tuple[str, ...], groups: list[list[int]], wait: int | None
) -> None:
    made = plan(waiting, sent, *settings)
    assert [list(group) for group in made.groups] == groups
    assert made.next_at == (None if wait is None else NOON + wait * MINUTE)


def test_more_than_a_message_takes_is_left_for_the_next() -> None:
    made = plan([1] * 150, [], "most_per_hour = 1")
    assert [len(group) for group in made.groups] == [100]
    assert made.next_at == NOON


@pytest.mark.parametrize(
    ("now", "end", "last"),
    [
        ("2026-06-01T23:00", "2026-06-02T07:00", "2026-06-01T07:00"),
        ("2026-06-02T06:59", "2026-06-02T07:00", "2026-06-01T07:00"),
        ("2026-06-02T07:00", None, "2026-06-02T07:00"),
        ("2026-06-02T21:59", None, "2026-06-02T07:00"),
    ],
)
def test_quiet_hours_include_midnight(now: str, end: str | None, last: str) -> None:
    quiet, at = parse_quiet("22:00-07:00"), datetime.fromisoformat(now).replace(tzinfo=SHANGHAI).astimezone(UTC)
    found = quiet.end_after(at, SHANGHAI)
    assert found == (datetime.fromisoformat(end).replace(tzinfo=SHANGHAI) if end else None)
    assert quiet.last_end(at, SHANGHAI) == datetime.fromisoformat(last).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[[notify]]\nurl = "ntfy.sh"\nwhat = "hot"', "notify[1].url: write an address"),
        ('[[notify]]\nurl = "ntfy://a/b"\nwhat = "sport"', "notify[1].what: write"),
        ('[[notify]]\nurl = "ntfy://a/b"\nwhat = "category/sozial"', 'no category "sozial"'),
        ('[[notify]]\nurl = "ntfy://a/b"\nwhat = "region/999999"', "no GB/T 2260 code"),
        ('[[notify]]\nurl = "ntfy://a/b"\nwhat = "hot"\nquiet = "25:00-1:00"', "notify[1].quiet: write"),
        ('[[notify]]\nurl = "https://a.example"\nwhat = "hot"', "notify[1].secret: is missing"),
        ('[[notify]]\nurl = "https://a.example"\nwhat = "hot"\nsecret = "0123456789abcdef"', "into the environment"),
        (target() + target(), "notify[2].url: is the same"),
        (target('name = "a"') + target('name = "a"'), "notify[2].name: is the same"),
    ],
)
def test_mistakes_are_named_with_their_remedy(text: str, error: str) -> None:
    with pytest.raises(ConfigErrors) as errors:
        config_of(text)
    assert error in str(errors.value)


def test_a_target_is_known_by_names_and_not_by_secrets() -> None:
    by_name, literal = (
        targets_of(config_of(f'[[notify]]\nurl = "ntfy://{token}@a/b"\nwhat = "hot"\n'))[0]
        for token in ("${HOOK_SECRET}", SECRET)
    )
    assert by_name.url == literal.url
    assert by_name.key != literal.key
    assert SECRET not in repr(by_name)
    first, other = (targets_of(config_of(target('name = "a"', f"batch = {batch}")))[0] for batch in ("0", '"1m"'))
    assert first.key == other.key


def test_addresses_that_services_show_are_accepted_by_apprise() -> None:
    shown = {
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a1b2c3d4-0000-1111": "wecombot",
        "https://oapi.dingtalk.com/robot/send?access_token=a1b2c3d4&secret=SEC123": "dingtalk",
        "https://open.feishu.cn/open-apis/bot/v2/hook/a1b2c3d4-0000-1111": "feishu",
        "https://open.larksuite.com/open-apis/bot/v2/hook/a1b2c3d4-0000-1111": "lark",
        "tgram://123456789:abcdefg_hijklmnop/-100123": "tgram",
        "barks://api.day.app/devicekey": "barks",
        "mailtos://user:password@smtp.example.org?from=gedi@example.org&to=desk@example.org": "mailtos",
    }
    addresses = [service_address(url) for url in shown]
    assert [address.partition("://")[0] for address in addresses] == list(shown.values())
    assert not any(map(is_webhook, shown))
    assert is_webhook("https://qyapi.weixin.qq.com.example.org/cgi-bin/webhook/send?key=a")
    assert asyncio.run(_problems([*addresses, "tgram://nonsense"])) == [None] * len(shown) + ["notify.bad-address"]


async def _problems(addresses: list[str]) -> list[str | None]:
    """Return the code of the reason why each address cannot be used."""

    async def problem(address: str) -> str | None:
        async with AppriseProcess(address, config_of("")) as process:
            found = await process.prepare()
        return found.code if found else None

    return await asyncio.gather(*map(problem, addresses))
