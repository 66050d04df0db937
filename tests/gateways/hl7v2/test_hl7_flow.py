"""Senders are slowed to the consumer's pace when it falls behind, and never stopped."""

from __future__ import annotations

from xinglin.gateways.hl7v2.flow import Flow


def seen(flow: Flow, *looks: tuple[int, int]) -> None:
    """Each look, a quarter of a second apart: how many came since the last, and how many wait."""
    for came, waiting in looks:
        flow.took(came)
        flow._learn(waiting, 0.25)


def test_a_short_inbox_lets_everybody_through_at_once() -> None:
    flow = Flow(None)
    seen(flow, (100, 0), (100, 50))
    assert flow.pause_seconds(8) == 0


def test_a_consumer_left_seconds_behind_slows_senders_to_its_pace() -> None:
    flow = Flow(None)
    waiting = 0
    for _ in range(80):  # 1,600 come and 800 are worked off in a second
        waiting += 200
        seen(flow, (400, waiting))
    assert 8 / 900 < flow.pause_seconds(8) < 8 / 700


def test_what_came_since_the_last_look_counts() -> None:
    flow = Flow(None)
    seen(flow, (0, 1000))
    assert flow.pause_seconds(8) == 0
    flow.took(5000)
    assert flow.pause_seconds(8) > 0


def test_a_consumer_that_stands_still_never_holds_a_sender_longer_than_30_ms() -> None:
    flow = Flow(None)
    for waiting in range(1000, 100_000, 1000):
        seen(flow, (1000, waiting))
    assert flow.pause_seconds(500) == 0.03


def test_when_the_inbox_is_short_again_nobody_waits() -> None:
    flow = Flow(None)
    seen(flow, (9000, 9000), (0, 5000), (0, 100))
    assert flow.pause_seconds(8) == 0
