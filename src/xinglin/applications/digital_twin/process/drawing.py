"""Random numbers inside compiled code: one xoroshiro128++ stream a purpose, and the distributions on top.

Streams are two 64-bit words (Blackman, Vigna 2021); exponentials and normals by the ziggurat of Marsaglia and Tsang
(2000) with 256 layers; gamma by Marsaglia and Tsang (2000, "A simple method").
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

_NAMES = (
    *("deterministic", "exponential", "gamma", "lognormal", "weibull"),
    *("uniform", "triangular", "normal", "empirical", "mixture"),
)
KINDS = {name: index for index, name in enumerate(_NAMES)}
DETERMINISTIC, EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL, UNIFORM, TRIANGULAR, NORMAL, EMPIRICAL, MIXTURE = range(10)
_LAYERS = 256
_EXP_R, _EXP_V = 7.69711747013104972, 0.0039496598225815571993
_NOR_R, _NOR_V = 3.6541528853610088, 0.00492867323399


def _ziggurat(r: float, v: float, density: Any, inverse: Any) -> tuple[Any, Any]:
    """Right edges of the layers and the density at them; layer 0 is the one with the tail."""
    edge = np.zeros(_LAYERS + 1)
    edge[0], edge[1] = v / density(r), r
    for i in range(2, _LAYERS):
        edge[i] = inverse(v / edge[i - 1] + density(edge[i - 1]))
    return edge, np.array([density(x) for x in edge])


_EXP_X, _EXP_Y = _ziggurat(_EXP_R, _EXP_V, lambda x: math.exp(-x), lambda y: -math.log(y))
_NOR_X, _NOR_Y = _ziggurat(
    _NOR_R, _NOR_V, lambda x: math.exp(-x * x / 2), lambda y: math.sqrt(max(-2 * math.log(min(y, 1.0)), 0.0))
)
_TO_UNIT = 1.0 / 9007199254740992.0
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, forceinline=True)
def _mixed(z: Any) -> Any:
    """The finaliser of splitmix64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def seed_streams(streams: Any, keys: Any, seed: Any, replication: Any) -> None:
    """Sets every stream from (seed, replication, its key) alone, so that a purpose keeps its numbers between models."""
    for i in range(keys.shape[0]):
        z = _mixed(_mixed(np.uint64(seed) + _GOLDEN) ^ (np.uint64(replication) * _GOLDEN + np.uint64(keys[i])))
        for j in range(2):
            z = z + _GOLDEN
            streams[i, j] = _mixed(z)
        if streams[i, 0] == 0 and streams[i, 1] == 0:
            streams[i, 0] = _GOLDEN


@njit(cache=True, forceinline=True)
def next_bits(streams: Any, s: Any) -> Any:
    """Sixty-four random bits of stream ``s``."""
    a, b = streams[s, 0], streams[s, 1]
    total = a + b
    result = ((total << np.uint64(17)) | (total >> np.uint64(47))) + a
    b ^= a
    streams[s, 0] = ((a << np.uint64(49)) | (a >> np.uint64(15))) ^ b ^ (b << np.uint64(21))
    streams[s, 1] = (b << np.uint64(28)) | (b >> np.uint64(36))
    return result


@njit(cache=True, forceinline=True)
def uniform(streams: Any, s: Any) -> Any:
    """Uniform in [0, 1)."""
    return (next_bits(streams, s) >> np.uint64(11)) * _TO_UNIT


@njit(cache=True, forceinline=True)
def standard_exponential(streams: Any, s: Any) -> Any:
    """Exponential of mean 1."""
    while True:
        bits = next_bits(streams, s)
        i = np.int64(bits & np.uint64(255))
        x = (bits >> np.uint64(11)) * _TO_UNIT * _EXP_X[i]
        if x < _EXP_X[i + 1] and i > 0:
            return x
        if i == 0:
            if x < _EXP_R:
                return x
            return _EXP_R - math.log(1.0 - uniform(streams, s))
        if _EXP_Y[i] + uniform(streams, s) * (_EXP_Y[i + 1] - _EXP_Y[i]) < math.exp(-x):
            return x


@njit(cache=True)
def _normal_tail(streams: Any, s: Any) -> Any:
    while True:
        x = -math.log(1.0 - uniform(streams, s)) / _NOR_R
        y = -math.log(1.0 - uniform(streams, s))
        if y + y > x * x:
            return _NOR_R + x


@njit(cache=True)
def standard_normal(streams: Any, s: Any) -> Any:
    """Normal of mean 0 and deviation 1."""
    while True:
        bits = next_bits(streams, s)
        i = np.int64(bits & np.uint64(255))
        sign = 1.0 if bits & np.uint64(256) else -1.0
        x = (bits >> np.uint64(11)) * _TO_UNIT * _NOR_X[i]
        if x < _NOR_X[i + 1] and i > 0:
            return sign * x
        if i == 0:
            return sign * (x if x < _NOR_R else _normal_tail(streams, s))
        if _NOR_Y[i] + uniform(streams, s) * (_NOR_Y[i + 1] - _NOR_Y[i]) < math.exp(-x * x / 2):
            return sign * x


@njit(cache=True)
def standard_gamma(streams: Any, s: Any, shape: Any) -> Any:
    """Gamma of scale 1."""
    boost = 1.0
    if shape < 1.0:
        boost = (1.0 - uniform(streams, s)) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = standard_normal(streams, s)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        if math.log(1.0 - uniform(streams, s)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return boost * d * v


@njit(cache=True)
def _bounded(streams: Any, s: Any, kind: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Uniform, triangular and truncated normal."""
    if kind == UNIFORM:
        return a + (b - a) * uniform(streams, s)
    if kind == TRIANGULAR:
        u = uniform(streams, s)
        if u * (c - a) < b - a:
            return a + math.sqrt(u * (c - a) * (b - a))
        return c - math.sqrt((1.0 - u) * (c - a) * (c - b))
    while True:
        x = a + b * standard_normal(streams, s)
        if c <= x <= d:
            return x


@njit(cache=True)
def _simple(streams: Any, s: Any, kind: Any, values: Any, first: Any, count: Any) -> Any:
    a = values[first]
    if kind == EXPONENTIAL:
        return a * standard_exponential(streams, s)
    if kind == LOGNORMAL:
        return math.exp(a + values[first + 1] * standard_normal(streams, s))
    if kind == DETERMINISTIC:
        return a
    if kind == GAMMA:
        return values[first + 1] * standard_gamma(streams, s, a)
    if kind == WEIBULL:
        return values[first + 1] * standard_exponential(streams, s) ** (1.0 / a)
    if kind == EMPIRICAL:
        place = uniform(streams, s) * (count - 1)
        i = int(place)
        return values[first + i] + (place - i) * (values[first + i + 1] - values[first + i])
    c = values[first + 2] if count > 2 else 0.0
    d = values[first + 3] if count > 3 else 0.0
    return _bounded(streams, s, kind, a, values[first + 1], c, d)


@njit(cache=True)
def draw(streams: Any, s: Any, table: Any, values: Any, index: Any) -> Any:
    """A value of distribution ``index``; ``table`` rows are kind, first value, count, first part, signed.

    A mixture's parts stand in the table one after the other and may be mixtures themselves.
    """
    signed = table[index, 4]
    while table[index, 0] == MIXTURE:
        first, count = table[index, 1], table[index, 2]
        u = uniform(streams, s)
        chosen = 0
        while chosen < count - 1 and u >= values[first + chosen]:
            chosen += 1
        index = table[index, 3] + chosen
    x = _simple(streams, s, table[index, 0], values, table[index, 1], table[index, 2])
    return x if signed or x > 0.0 else 0.0
