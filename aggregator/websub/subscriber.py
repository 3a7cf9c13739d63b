"""WebSub subscriber (W3C Recommendation 2018): subscribes at the hubs that feeds name.

tick                         reconcile subscriptions with feeds, send due requests      worker
verify_intent, handle_denial the hub verifies or refuses                                site
accept_delivery              check and queue a delivery                                 site
process_pushes               read deliveries through the pipeline                       worker
check_push_after_poll        detect items that the hub missed                           worker, in a poll
"""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aggregator.config.load import Config
from aggregator.fetching.address_guard import AddressGuard, is_public_url
from aggregator.fetching.urls import endpoint_of
from aggregator.messages import english, push_errors
from aggregator.model import Draft, Failed, HubMode, Subscription, SubscriptionState
from aggregator.runtime.background_tasks import BackgroundTasks
from aggregator.websub import subscription_state

if TYPE_CHECKING:
    from aggregator.services import Tools
    from aggregator.store import Store, Writer

log = logging.getLogger(__name__)

CALLBACK_PATH = "/push/"
MAX_CONCURRENT = 8  # concurrent requests to hubs
MAX_PER_HUB = 2
SPACING = timedelta(seconds=2)  # between the first requests of many new subscriptions
MAX_SPREAD = timedelta(minutes=30)


# ---------------------------------------------------------------- callbacks
def callback_base(config: Config) -> str | None:
    """Return the prefix of our callback addresses; None if no hub can reach us (or ``push`` is off)."""
    url = config.site.url or ""
    if not config.polling.push or not (is_public_url(url) or _is_allowed(url, config)):
        return None
    return url.rstrip("/") + CALLBACK_PATH


def _can_reach_us(hub: str, config: Config) -> bool:
    """Return whether a hub may reach us: a public hub cannot reach a private site and is not told its address."""
    return is_public_url(config.site.url or "") or (not is_public_url(hub) and _is_allowed(hub, config))


def _is_allowed(url: str, config: Config) -> bool:
    try:
        host, port = endpoint_of(url)
    except ValueError:
        return False
    guard = AddressGuard(config.polling.allow)
    return guard.allows_host(host, port) or guard.permits(host, port)


# ---------------------------------------------------------------- requests
class SubscriptionWorker:
    """Sends subscription requests, a few at a time; one for each worker. Stop it before the services are closed."""

    def __init__(self) -> None:
        self._requests = BackgroundTasks(log)

    @property
    def is_busy(self) -> bool:
        """Return whether a request is in progress."""
        return len(self._requests) > 0

    async def tick(self, tools: Tools) -> None:
        """Reconcile subscriptions with feeds and config, and start the due requests."""
        await tools.run_in_writer(reconcile, tools.store, tools.config, tools.clock(), tools.rng)
        while (room := MAX_CONCURRENT - len(self._requests)) > 0:
            busy = [hub for hub, number in self._requests.by_key().items() if number >= MAX_PER_HUB]
            now = tools.clock()
            look = partial(subscription_state.advance, now=now, rng=tools.rng)
            # One after the other, so that no hub gets more than its share.
            chosen = await tools.run_in_writer(
                tools.store.advance_due_subscriptions, now, min(room, MAX_PER_HUB), look, busy
            )
            for subscription in chosen:
                hub, topic = subscription.hub, subscription.topic
                fault = ("subscription_failed hub=%r topic=%r", hub[:500], topic[:500])
                self._requests.start(partial(send_request, subscription, tools), *fault, key=hub)
            if not chosen:
                return

    async def stop(self) -> None:
        await self._requests.stop()


async def send_request(subscription: Subscription, tools: Tools) -> None:
    """Send one request to a hub (5.1). The site receives its verification."""
    mode = subscription_state.request_mode(subscription)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await tools.fetcher.post(subscription.hub, request_form(subscription, mode), headers)
    failure = answer.reason if isinstance(answer, Failed) else None
    hub, topic = subscription.hub[:500], subscription.topic[:500]
    log.info("subscription_requested mode=%s hub=%r topic=%r error=%r", mode, hub, topic, english(failure))
    if failure is not None:
        change = partial(subscription_state.request_failed, reason=push_errors.REFUSED(reason=failure))
        now = tools.clock()
        decide = partial(change, now=now, rng=tools.rng)
        await tools.run_in_writer(tools.store.update_subscription, subscription.token, decide, now)


def request_form(subscription: Subscription, mode: HubMode) -> bytes:
    """Return the form of a request (5.1)."""
    form = {"hub.mode": mode, "hub.topic": subscription.topic, "hub.callback": subscription.callback}
    if mode == "subscribe":
        form["hub.secret"] = subscription.secret
        form["hub.lease_seconds"] = str(int(subscription_state.LEASE.total_seconds()))
    return urlencode(form).encode()


def reconcile(store: Store, config: Config, now: datetime, rng: random.Random) -> None:
    """Create missing subscriptions; unsubscribe from those whose source, hub, topic or callback changed."""
    base = callback_base(config)
    if not store.has_hub_changes(base):
        return
    with store.write_transaction() as writer:
        for subscription in writer.stale_subscriptions(base):
            writer.update_subscription(subscription, begin_unsubscribe(subscription, now), now)
        offers = writer.unsubscribed_offers() if base else []
        wanted = [offer for offer in offers if _can_reach_us(offer[1], config)]
        if base and wanted:
            spread = min(len(wanted) * SPACING, MAX_SPREAD)
            writer.add_subscriptions([new_subscription(*offer, base, now + spread * rng.random()) for offer in wanted])


def new_subscription(source_id: int, hub: str, topic: str, base: str, at: datetime) -> Subscription:
    """Return a new subscription; only we and the hub know its token and secret."""
    token = secrets.token_urlsafe(32)
    return Subscription(
        id=0,
        source_id=source_id,
        hub=hub,
        topic=topic,
        token=token,
        callback=base + token,
        secret=secrets.token_urlsafe(48),
        standing=SubscriptionState.WANTED,
        next_at=at,
    )


def begin_unsubscribe(subscription: Subscription, now: datetime) -> Subscription | None:
    """Return the state that ends a subscription; None if the hub knows of none."""
    if subscription.pending is None and subscription.standing is not SubscriptionState.ACTIVE:
        return None
    return replace(
        subscription, standing=SubscriptionState.LEAVING, next_at=now, pending=None, pending_until=None, failures=0
    )


# ---------------------------------------------------------------- checks by polls
def check_push_after_poll(
    writer: Writer, source_id: int, new_drafts: Sequence[Draft], now: datetime, rng: random.Random
) -> None:
    """Compare a successful poll with what the hub delivered; a hub that misses items twice is suspended for days."""
    found = writer.subscription_of_source(source_id)
    if found is None:
        return
    after = subscription_state.after_check_poll(found, subscription_state.missed_items(found, new_drafts, now), now)
    if after == found:
        return
    if after.strikes < subscription_state.MAX_STRIKES:
        writer.update_subscription(found, after, now)
        return
    writer.update_subscription(found, begin_unsubscribe(after, now), now)
    base = found.callback.removesuffix(found.token)
    rested = new_subscription(
        source_id, found.hub, found.topic, base, now + subscription_state.cooldown(found.drops) * rng.uniform(0.9, 1.1)
    )
    rested = replace(rested, standing=SubscriptionState.RESTING, reason=after.reason, drops=found.drops + 1)
    counted = replace(rested, pushes=found.pushes, ignored=found.ignored, last_push=found.last_push)
    writer.add_subscriptions([counted])
