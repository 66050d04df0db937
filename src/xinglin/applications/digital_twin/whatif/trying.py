"""Two plans played over the same days until the difference is known well enough, or the time is over."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..foresight.foreseeing import doctor_rows, habit_rows, people_rows
from ..foresight.model import BIN_MINUTES
from ..foresight.playing import WAIT_BINS, WAIT_STEP, play
from ..process.interval import interval
from .model import Answer, Estimate, Figures, Prices, Question, Tried
from .scene import Scene, scenes

_ROUND, _LEAST, _MOST = 50, 200, 5000
_NARROW_MINUTES, _NARROW_SHARE = 0.5, 0.03
_AFTER_MINUTES = 480.0
_SEED_STEP = 1_000_003
_MIDDLES = (np.arange(WAIT_BINS) + 0.5) * WAIT_STEP
_MIDDLES[0] = 0.0  # called at once


def try_change(asked: Question) -> Answer:
    """What comes of a plan and of its change. The same question gives the same as long as time is not what ends it.

    Each day is played with the same draws under both plans (common random numbers: Law, Simulation Modeling and
    Analysis, 2015, ch. 11.2). Ends at a relative or absolute width of the waits' intervals, as Chow and Robbins
    (1965). INVALID where the change is impossible.
    """
    arms = scenes(asked)
    play_day(arms[0], asked.prices, asked.seed)  # compiles what is not compiled yet: no part of the time for playing
    begun = time.monotonic()
    rows: tuple[list[Any], list[Any]] = ([], [])
    narrow = False
    while len(rows[0]) < _MOST and not narrow:
        for _ in range(_ROUND):
            seed = asked.seed * _SEED_STEP + len(rows[0])
            for arm, into in zip(arms, rows, strict=True):
                into.append(play_day(arm, asked.prices, seed))
        narrow = len(rows[0]) >= _LEAST and _is_narrow(*(np.array(one)[:, 0] for one in rows))
        if time.monotonic() - begun > asked.seconds:
            break
    usual, other = (np.array(one) for one in rows)
    return Answer(
        _tried(arms[0], usual), _tried(arms[1], other), _figures(other - usual), len(usual), bool(narrow),
        round(time.monotonic() - begun, 2), len(asked.past.seen), asked.past.days,
    )  # fmt: skip


def play_day(scene: Scene, prices: Prices, seed: int) -> tuple[float, ...]:
    """One day: mean wait, its ninth decile, overtime, idle, not called, cost."""
    line = scene.line
    tables, rates, numbers = habit_rows(line.habits)
    numbers["horizon"], numbers["stop"] = scene.closes, scene.closes + _AFTER_MINUTES
    numbers["step"], numbers["known"] = scene.closes + _AFTER_MINUTES, len(line.people)
    room = len(line.people) + 200 + int(4 * rates.sum() * BIN_MINUTES / 60)
    while True:
        doctors, people = doctor_rows(line.doctors), people_rows(line.people, line.doctors, room)
        called, lengths = np.full((1, len(line.people)), np.nan), np.zeros((1, 1))
        waits = np.zeros((1, WAIT_BINS), np.int64)
        if play(doctors, people, numbers, tables, rates, seed, called, waits, lengths, room + len(doctors) + 8):
            break
        room *= 2
    waited = [one.state == "waiting" and not one.again for one in line.people]
    there = called[0][waited] - np.array([one.since for one in line.people])[waited]
    return _measured(scene, prices, doctors[:-1], waits[0], there)


def _measured(scene: Scene, prices: Prices, doctors: Any, counts: Any, there: Any) -> tuple[float, ...]:
    """``there``: minutes waited in all by those who stood in line at the start; nan where they were not called."""
    known = there[np.isfinite(there)]
    unseen = float(counts[-1]) + len(there) - len(known)
    values = np.concatenate([known, np.repeat(_MIDDLES[:-1], counts[:-1])])
    mean, decile = (float(values.mean()), float(np.quantile(values, 0.9))) if len(values) else (0.0, 0.0)
    overtime = float(np.maximum(doctors["over"], 0.0).sum())
    hours = scene.doctor_hours
    idle = 60 * hours - float(doctors["worked"].sum())
    open_hours = (scene.closes - max(0.0, float(doctors["starts"].min()))) / 60
    cost = prices.doctor_hour * (hours + prices.overtime_factor * overtime / 60)
    cost += prices.room_hour * scene.rooms * open_hours
    return mean, decile, overtime, idle, unseen, cost


def _is_narrow(usual: Any, other: Any) -> bool:
    for values in (usual, other, other - usual):
        mean, half = interval(values)
        if half > max(_NARROW_MINUTES, _NARROW_SHARE * abs(mean)):
            return False
    return True


def _tried(scene: Scene, rows: Any) -> Tried:
    return Tried(
        scene.doctors, scene.rooms, round(scene.doctor_hours, 2), round(scene.patients, 1), round(scene.load, 3),
        scene.unplaced, _figures(rows),
    )  # fmt: skip


def _figures(rows: Any) -> Figures:
    return Figures(*(_estimate(column) for column in rows.T))


def _estimate(values: Any) -> Estimate:
    mean, half = interval(values)
    return Estimate(round(mean, 3), round(mean - half, 3), round(mean + half, 3))
