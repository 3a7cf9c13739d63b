"""An outlet whose feed names a hub, and the subscription to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import Subscription
from tests.clock import now
from tests.rss import ARTICLE, OTHER, THIRD, item

if TYPE_CHECKING:
    from tests.aggregator.websub.conftest import Gedi


def old_item() -> str:
    return item("1", "枣庄十二条背街小巷改造完工", ARTICLE, now() - timedelta(days=2))


def fresh_item() -> str:
    return item("2", "秋汛鲅鱼上岸渔村摆开长桌宴", OTHER, now())


def next_item() -> str:
    return item("3", "翠湖边的退休教师合唱团唱了十年", THIRD, now())


def only_subscription(gedi: Gedi) -> Subscription:
    (found,) = (one for one in gedi.store.subscriptions() if one.is_current)
    return found


def after(gedi: Gedi, change: Callable[[Subscription], Subscription]) -> None:
    gedi.store.update_subscription(only_subscription(gedi).token, change, gedi.now())
