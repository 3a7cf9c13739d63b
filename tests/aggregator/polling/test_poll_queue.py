"""The poll queue: which sources may be polled at the same time."""

from __future__ import annotations

from aggregator.model import ClaimRoom, Poll, Source
from aggregator.polling.poll_queue import LINGER_AFTER, MAX_LINGERING, PollQueue
from aggregator.runtime.priority import Priority


def poll(number: int, host: str | None = None) -> Poll:
    return Poll(Source(number, f"s{number}", url := f"http://{host or f'h{number}.example'}/{number}", ""), url)


def numbers(polls: list[Poll]) -> list[int]:
    return [poll.source.id for poll in polls]


def make_queue(
    healthy: int = 0,
    failing: int = 0,
    concurrency: int = 8,
    per_host: int = 2,
    host: str | None = None,
    rank: Priority = Priority.HEALTHY,
) -> PollQueue:
    made = PollQueue(concurrency, per_host)
    for number in range(healthy):
        made.add(poll(number, host), rank, expires=100)
    for number in range(healthy, healthy + failing):
        made.add(poll(number, host), Priority.FAILING, expires=100)
    return made


def test_a_quarter_of_the_places_is_for_the_ailing() -> None:
    made = make_queue(healthy=20, failing=20)
    assert numbers(made.start_ready(0)) == [0, 1, 2, 3, 4, 5, 20, 21]
    assert made.start_ready(0) == []


def test_the_ailing_never_take_the_places_of_the_others() -> None:
    assert len(make_queue(failing=20).start_ready(0)) == 2
    assert make_queue(failing=20).claim_room(0) == ClaimRoom(6, 5, 0)


def test_the_proven_come_before_those_never_met() -> None:
    made = make_queue(healthy=20, rank=Priority.NEW)
    made.add(poll(30), Priority.HEALTHY, expires=100)
    assert numbers(made.start_ready(0)) == [30, 0, 1, 2, 3, 4]


def test_those_never_met_leave_places_to_the_proven_and_do_not_hide_them() -> None:
    made = make_queue(healthy=200, concurrency=32, rank=Priority.NEW)
    assert len(made.start_ready(0)) == 18
    assert made.claim_room(0) == ClaimRoom(0, 0, 8), "it waits here, but would not start"
    made.add(poll(300), Priority.HEALTHY, expires=100)
    assert numbers(made.start_ready(0)) == [300]


def test_a_claim_takes_what_can_start_at_once() -> None:
    made = make_queue()
    assert made.claim_room(0) == ClaimRoom(regular=6, new=5, failing=2)
    assert made.claim_room(0, Priority.HEALTHY) == ClaimRoom(regular=6, new=0, failing=0)
    made.add(poll(1), Priority.NEW, expires=100)
    made.add(poll(2), Priority.FAILING, expires=100)
    assert made.claim_room(0) == ClaimRoom(regular=5, new=4, failing=1)
    made.start_ready(0)
    assert made.claim_room(0) == ClaimRoom(regular=5, new=4, failing=1)


def test_at_times_only_the_proven_may_run() -> None:
    made = make_queue(healthy=3, failing=3, rank=Priority.NEW)
    made.add(poll(30), Priority.HEALTHY, expires=100)
    assert numbers(made.start_ready(0, lowest_priority=Priority.HEALTHY)) == [30]


def test_a_finished_visit_makes_room_in_its_lane() -> None:
    made = make_queue(healthy=7, failing=3)
    first = made.start_ready(0)
    made.mark_finished(first[0])
    made.mark_finished(first[-1])
    assert numbers(made.start_ready(0)) == [6, 9]


def test_visits_that_drag_on_give_their_places_back() -> None:
    made = make_queue(healthy=20)
    assert len(made.start_ready(0)) == 6
    assert made.claim_room(LINGER_AFTER).regular == 0
    assert len(made.start_ready(LINGER_AFTER + 0.1)) == 6


def test_visits_whose_document_is_read_give_their_places_back_at_once() -> None:
    made = make_queue(healthy=20)
    started = made.start_ready(0)
    for one in started[:3]:
        made.mark_fetched(one)
    assert len(made.start_ready(0)) == 3
    assert made.priority_of(started[0]) is Priority.HEALTHY
    made.mark_finished(started[0])
    made.mark_fetched(started[0])
    assert made.start_ready(0) == []


def test_a_host_is_occupied_until_its_documents_are_stored() -> None:
    made = make_queue(healthy=4, host="one.example")
    started = made.start_ready(0)
    made.mark_fetched(started[0])
    assert made.start_ready(0) == []


def test_but_not_without_end() -> None:
    made = make_queue(healthy=10 * MAX_LINGERING, concurrency=1000)
    started = [len(made.start_ready(when)) for when in (0, 10, 20, 30)]
    assert started == [750, MAX_LINGERING, 0, 0]


def test_a_host_gets_no_more_than_its_share() -> None:
    made = make_queue(healthy=5, host="h.example")
    made.add(poll(9), Priority.NEW, expires=100)
    first = made.start_ready(0)
    assert sorted(numbers(first)) == [0, 1, 9]
    made.mark_finished(first[0])
    assert len(made.start_ready(0)) == 1


def test_the_ailing_of_a_host_leave_a_place_to_the_others() -> None:
    made = make_queue(failing=5, host="h.example")
    assert len(made.start_ready(0)) == 1
    made.add(poll(9, "h.example"), Priority.NEW, expires=100)
    assert numbers(made.start_ready(0)) == [9]


def test_hosts_take_turns() -> None:
    made = PollQueue(8, 8)
    for number in range(50):
        made.add(poll(number, "flood.example"), Priority.NEW, expires=100)
    for number in range(50, 53):
        made.add(poll(number), Priority.NEW, expires=100)
    assert {50, 51, 52} < set(numbers(made.start_ready(0)))


def test_what_outlived_its_lease_is_dropped_and_may_come_again() -> None:
    made = make_queue(healthy=7)
    made.start_ready(0)
    assert 6 in made
    assert made.start_ready(200) == []
    assert 6 not in made
    made.add(poll(6), Priority.NEW, expires=300)
    assert numbers(made.start_ready(200)) == [6]


def test_a_poll_claimed_twice_runs_once() -> None:
    made = make_queue(healthy=7)
    first = made.start_ready(0)
    made.add(first[0], Priority.NEW, expires=300)
    made.add(poll(6), Priority.NEW, expires=300)
    assert len(made) == 7
    assert numbers(made.start_ready(200)) == [6], "its lease was renewed while it waited"
    assert made.start_ready(200) == []


def test_one_place_is_enough_to_work() -> None:
    assert len(make_queue(healthy=3, failing=3, concurrency=1, per_host=1).start_ready(0)) == 2
