"""What can be said of a network before a minute is simulated: mistakes, impossible rosters, queues that only grow."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from xinglin.foundation.errors import Category, XinglinError

from .network import Calendar, Distribution, Network, Route, Source, Station, inside, mean_level, mean_minutes

MOST_KINDS = 4096
_PARAMETERS = {
    "deterministic": 1, "exponential": 1, "gamma": 2, "lognormal": 2, "weibull": 2, "uniform": 2, "triangular": 3,
    "normal": 4,
}  # fmt: skip
_POSITIVE = {"exponential": (0,), "gamma": (0, 1), "weibull": (0, 1)}
_SMALLEST_TRUNCATED_SHARE = 0.001


def refuse(english: str, chinese: str, where: str) -> XinglinError:
    """The error a network is refused with; ``where`` names its part."""
    return XinglinError(Category.INVALID, f"{where}: {english}", f"{where}：{chinese}", expression=where)


def kinds(network: Network) -> list[tuple[str, dict[str, str]]]:
    """Every combination of class and attributes, in the order of their numbers."""
    names = list(network.attributes)
    return [
        (of_class.name, dict(zip(names, chosen, strict=True)))
        for of_class in network.classes
        for chosen in itertools.product(*(network.attributes[name] for name in names))
    ]


def fits(route: Route, kind: tuple[str, dict[str, str]]) -> bool:
    """Whether a route is open to a kind of patient."""
    return all((kind[0] if name == "class" else kind[1].get(name)) == value for name, value in route.when.items())


def check(network: Network, itineraries: bool = False) -> None:
    """Raises INVALID, naming the part, where a network cannot be simulated as it is written.

    It needs a source, unless ``itineraries`` bring its patients.
    """
    if not (network.sources or itineraries) or not network.stations:
        raise refuse("a network needs a source and a station", "网络至少要有一个来源和一个站点", "network")
    _check_names(network)
    if math.prod(len(v) for v in network.attributes.values()) * len(network.classes) > MOST_KINDS:
        raise refuse("classes and attributes make too many kinds of patient", "类别与属性的组合过多", "attributes")
    for pool in network.pools:
        _check_calendar(pool.capacity, pool.name)
        if any(level != int(level) for level in pool.capacity.levels):
            raise refuse("a capacity must be a whole number", "容量必须是整数", pool.name)
    for station in network.stations:
        _check_station(station)
    for source in network.sources:
        _check_source(source, network)
    _check_routes(network)
    _check_rosters(network)


def _check_names(network: Network) -> None:
    for part in ("stations", "sources", "pools", "classes"):
        names = [each.name for each in getattr(network, part)]
        twice = {name for name, times in Counter(names).items() if times > 1}
        if twice:
            raise refuse("the name stands twice", "名称重复", f"{part}: {sorted(twice)[0]}")
    pools, classes = {pool.name for pool in network.pools}, {each.name for each in network.classes}
    for station in network.stations:
        if set(station.pools) - pools:
            raise refuse("needs a pool that does not exist", "所需人员组不存在", station.name)
        if set(station.service_by) - classes:
            raise refuse("has a time for a class that does not exist", "为不存在的类别设定了时间", station.name)
    for source in network.sources:
        if source.class_name not in classes:
            raise refuse("its class does not exist", "类别不存在", source.name)
    if any(not values for values in network.attributes.values()):
        raise refuse("an attribute needs values", "属性必须有取值", "attributes")


def _check_calendar(calendar: Calendar, where: str) -> None:
    starts, levels, period = calendar.starts, calendar.levels, calendar.period_minutes
    if not starts or len(starts) != len(levels) or starts[0] != 0:
        raise refuse("a calendar begins at 0 and has a level for each start", "日历须从 0 开始且各段有数值", where)
    if any(b <= a for a, b in itertools.pairwise(starts)) or not all(map(math.isfinite, (*starts, *levels))):
        raise refuse("the starts of a calendar must rise", "日历的起点必须递增", where)
    if any(level < 0 for level in levels):
        raise refuse("a roster cannot have fewer than nobody", "排班人数不能为负", where)
    if period is not None and not starts[-1] < period < math.inf:
        raise refuse("a period must be longer than its last start", "周期须大于最后一个起点", where)


def _check_station(station: Station) -> None:
    for distribution in (station.service, *station.service_by.values()):
        check_distribution(distribution, station.name)
    if station.batch < 1 or (station.batch_wait_minutes is not None and station.batch_wait_minutes < 0):
        raise refuse(
            "a batch has at least one and waits no negative time", "批量至少为 1，等待时间不得为负", station.name
        )
    if station.hold and (station.batch > 1 or not station.pools):
        raise refuse("only a place of one patient can be held", "只有单人占用的位置可以保留", station.name)
    if station.waiting_places is not None and station.waiting_places < 0:
        raise refuse("waiting places cannot be negative", "候诊位不能为负", station.name)


def check_distribution(distribution: Distribution, where: str) -> None:
    """Raises INVALID where a distribution has the wrong number of values or impossible ones."""
    kind, values = distribution.kind, distribution.values
    if not values or not all(map(math.isfinite, values)):
        raise refuse(f"{kind} needs finite values", f"{kind} 需要有限的数值", where)
    if kind == "mixture":
        if len(values) != len(distribution.parts) or min(values) < 0 or sum(values) <= 0:
            raise refuse("a mixture needs a weight for each part", "混合分布的每个部分都需要权重", where)
        for part in distribution.parts:
            check_distribution(part, where)
        return
    wrong = len(values) < 2 if kind == "empirical" else len(values) != _PARAMETERS[kind]
    if wrong or any(values[i] <= 0 for i in _POSITIVE.get(kind, ())):
        raise refuse(f"{kind} cannot have the values {values}", f"{kind} 的数值不合法：{values}", where)
    rising = values if kind in ("empirical", "uniform", "triangular") else values[2:]
    ordered = all(a <= b for a, b in itertools.pairwise(rising))
    if not ordered or (kind == "triangular" and values[0] == values[2]):
        raise refuse(f"the values of {kind} must rise", f"{kind} 的数值必须递增", where)
    if kind == "lognormal" and values[1] < 0:
        raise refuse("a deviation cannot be negative", "标准差不能为负", where)
    if kind == "normal":
        mean, deviation, low, high = values
        if deviation <= 0 or inside((low - mean) / deviation, (high - mean) / deviation) < _SMALLEST_TRUNCATED_SHARE:
            raise refuse("almost nothing of the normal lies within its bounds", "正态分布几乎全在界限之外", where)


def _check_source(source: Source, network: Network) -> None:
    if sum(each is not None for each in (source.every, source.rate, source.appointments)) != 1:
        raise refuse(
            "needs exactly one of every, rate, appointments", "every、rate、appointments 三者必居其一", source.name
        )
    if source.every is not None:
        check_distribution(source.every, source.name)
        if mean_minutes(source.every) <= 0:
            raise refuse("the gap between arrivals must be longer than nothing", "到达间隔必须大于零", source.name)
    if source.rate is not None:
        _check_calendar(source.rate, source.name)
    if source.appointments is not None:
        check_distribution(source.appointments.punctuality, source.name)
        period = source.appointments.period_minutes
        if not 0 <= source.appointments.no_show <= 1 or (period is not None and not 0 < period < math.inf):
            raise refuse(
                "no-shows are a share, and a period is positive", "爽约率须在 0 到 1 之间，周期须为正", source.name
            )
    if source.group < 1:
        raise refuse("a group has at least one", "每组至少一人", source.name)
    for name, shares in source.attributes.items():
        known = network.attributes.get(name)
        if (
            known is None
            or set(shares) - set(known)
            or abs(sum(shares.values()) - 1) > 1e-6
            or min(shares.values()) < 0
        ):
            raise refuse(
                f"the shares of {name} must be of its values and add to 1", f"{name} 的比例须合计为 1", source.name
            )
    lacking = set(network.attributes) - set(source.attributes)
    if lacking:
        raise refuse(f"says nothing of {sorted(lacking)[0]}", f"缺少属性 {sorted(lacking)[0]}", source.name)


def _check_routes(network: Network) -> None:
    stations = {station.name for station in network.stations}
    every_kind = kinds(network)
    for name, routes in places(network):
        for route in routes:
            if route.to is not None and route.to not in stations:
                raise refuse(f"leads to {route.to}, which does not exist", f"去向 {route.to} 不存在", name)
            unknown = set(route.when) - {"class", *network.attributes}
            if unknown or not 0 <= route.probability <= 1:
                raise refuse("a route has a probability and known conditions", "去向须有概率与已知条件", name)
        for kind in every_kind:
            if sum(route.probability for route in routes if fits(route, kind)) > 1 + 1e-9:
                raise refuse("its routes have more than probability 1", "去向概率之和大于 1", name)


def places(network: Network) -> Iterator[tuple[str, tuple[Route, ...]]]:
    """Every place with routes: stations, then the entries of sources."""
    for station in network.stations:
        yield station.name, station.routes
    for source in network.sources:
        yield source.name, source.entry


def _check_rosters(network: Network) -> None:
    ever = {pool.name: max(pool.capacity.levels) for pool in network.pools}
    for station in network.stations:
        if station.pools and all(ever[name] == 0 for name in station.pools):
            raise refuse("nobody is ever on duty for it", "任何时候都无人值班", station.name)


def arrivals_per_minute(source: Source) -> float:
    """The mean rate of a source over its period; that of appointments without a period is 0 (they end)."""
    if source.every is not None:
        return source.group / mean_minutes(source.every)
    if source.rate is not None:
        return source.group * mean_level(source.rate)
    booked = source.appointments
    if booked is None or booked.period_minutes is None:
        return 0.0
    return source.group * len(booked.times) * (1 - booked.no_show) / booked.period_minutes


def kind_shares(network: Network, source: Source) -> list[float]:
    """The probability of each kind for a patient of a source."""
    return [
        math.prod(source.attributes[name].get(value, 0.0) for name, value in attributes.items())
        if of_class == source.class_name
        else 0.0
        for of_class, attributes in kinds(network)
    ]


def loads(network: Network) -> dict[str, float]:
    """Offered work over capacity of each pool in the long run (rho), from the traffic equations kind by kind.

    Work of a station with several pools is shared among them by their capacity. A loop that nobody can leave makes the
    load infinite. Lost patients are not taken off, so that a station with few waiting places may show more than 1.
    """
    work = _work(network)
    groups: dict[tuple[str, ...], float] = {}
    for station in network.stations:
        key = tuple(sorted(station.pools))
        groups[key] = groups.get(key, 0.0) + work[station.name]
    capacity = {pool.name: mean_level(pool.capacity) for pool in network.pools}
    load = dict.fromkeys(capacity, 0.0)
    for names, minutes in groups.items():
        together = sum(capacity[name] for name in names)
        for name in names:
            load[name] += minutes / together if together > 0 else (math.inf if minutes > 0 else 0.0)
    return load


def _work(network: Network) -> dict[str, float]:
    """Minutes of service a minute that each station with staff asks for."""
    index = {station.name: i for i, station in enumerate(network.stations)}
    n = len(index)
    work = dict.fromkeys(index, 0.0)
    per_source = [(source, arrivals_per_minute(source), kind_shares(network, source)) for source in network.sources]
    for k, kind in enumerate(kinds(network)):
        outside = np.zeros(n)
        for source, rate, shares in per_source:
            for route in source.entry:
                if route.to is not None and fits(route, kind):
                    outside[index[route.to]] += rate * shares[k] * route.probability
        if not outside.any():
            continue
        onward = np.zeros((n, n))
        for station in network.stations:
            for route in station.routes:
                if route.to is not None and fits(route, kind):
                    onward[index[station.name], index[route.to]] += route.probability
        flow = _flow(outside, onward)
        for station in network.stations:
            service = station.service_by.get(kind[0], station.service)
            work[station.name] += flow[index[station.name]] * mean_minutes(service) / station.batch
    return work


def _flow(outside: np.ndarray, onward: np.ndarray) -> np.ndarray:
    """The traffic equations flow = outside + flow · onward, on those stations that can be reached."""
    reached = outside > 0
    for _ in range(len(outside)):
        reached = reached | (reached @ (onward > 0))
    at = np.flatnonzero(reached)
    flow = np.zeros(len(outside))
    inner = np.eye(len(at)) - onward[np.ix_(at, at)].T
    if np.linalg.cond(inner) > 1e12:
        flow[at] = math.inf
    else:
        flow[at] = np.linalg.solve(inner, outside[at])
    return flow


def check_load(network: Network) -> None:
    """Raises INVALID where the queue of a pool would grow for ever, saying which and by how much."""
    bounded = {name for station in network.stations if station.waiting_places is not None for name in station.pools}
    for name, load in loads(network).items():
        if load >= 1 and name not in bounded:
            told = "∞" if math.isinf(load) else f"{load:.3f}"
            raise refuse(
                f"its queue grows for ever: the load is {told} of its capacity (1 or more)",
                f"队列将无限增长：负荷为容量的 {told}（不小于 1）",
                name,
            )
