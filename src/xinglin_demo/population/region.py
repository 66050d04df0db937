"""Where people live and were registered: administrative codes of GB/T 2260."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..dice import Weighted


@dataclass(frozen=True, slots=True)
class Region:
    """A county-level division; ``insurance_code`` is the pooling area whose fund pays (prefecture level)."""

    code: str
    province: str
    city: str
    county: str
    postal_code: str
    insurance_code: str
    towns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InsuranceFund:
    """The authority that runs a pooling area's medical insurance."""

    code: str
    name: str
    name_en: str


FUNDS = {
    fund.code: fund
    for fund in (
        InsuranceFund("310000", "上海市医疗保障局", "Shanghai Healthcare Security Administration"),
        InsuranceFund("320500", "苏州市医疗保障局", "Suzhou Healthcare Security Administration"),
        InsuranceFund("330400", "嘉兴市医疗保障局", "Jiaxing Healthcare Security Administration"),
    )
}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _shanghai(code: str, county: str, postal_code: str, towns: str) -> Region:
    return Region(code, "上海市", "上海市", county, postal_code, "310000", _words(towns))


QINGPU = _shanghai(
    "310118",
    "青浦区",
    "201700",
    "夏阳街道 盈浦街道 香花桥街道 朱家角镇 练塘镇 金泽镇 赵巷镇 徐泾镇 华新镇 重固镇 白鹤镇",
)
WUJIANG = Region(
    "320509",
    "江苏省",
    "苏州市",
    "吴江区",
    "215200",
    "320500",
    _words("松陵街道 江陵街道 盛泽镇 黎里镇 同里镇 平望镇 震泽镇 七都镇 桃源镇"),
)
JIASHAN = Region(
    "330421",
    "浙江省",
    "嘉兴市",
    "嘉善县",
    "314100",
    "330400",
    _words("魏塘街道 罗星街道 惠民街道 西塘镇 姚庄镇 陶庄镇 干窑镇 天凝镇 大云镇"),
)
_HOMES: Weighted[Region] = Weighted(
    [
        (QINGPU, 38),
        (WUJIANG, 20),
        (JIASHAN, 17),
        (_shanghai("310117", "松江区", "201600", "岳阳街道 永丰街道 泗泾镇 佘山镇"), 7),
        (_shanghai("310112", "闵行区", "201100", "莘庄镇 七宝镇 华漕镇 江川路街道"), 6),
        (_shanghai("310114", "嘉定区", "201800", "嘉定镇街道 南翔镇 安亭镇"), 4),
        (_shanghai("310105", "长宁区", "200050", "新泾镇 虹桥街道"), 3),
        (_shanghai("310104", "徐汇区", "200030", "漕河泾街道 华泾镇"), 2),
        (_shanghai("310106", "静安区", "200040", "彭浦镇 江宁路街道"), 2),
        (_shanghai("310115", "浦东新区", "200120", "川沙新镇 周浦镇 张江镇"), 1),
    ]
)
# A resident ID keeps the code of the place and time of first registration, also where the county was renamed.
_FORMER_CODES = {"310118": ("310229", 1999), "320509": ("320525", 1992), "310117": ("310227", 1998)}
_REGISTERED_ELSEWHERE = _words("340122 341221 341226 320922 320923 320830 321023 411525 330324 360121 420116 430121")
_ELSEWHERE_SHARE = 0.22
_ROADS = _words("人民路 解放路 建设路 中山路 公园路 城中东路 湖滨路 学府路 车站路 育才路 振兴路 明珠路 三元路")


def draw_home(random: Random) -> Region:
    """Where someone lives now."""
    return _HOMES.draw(random)


def draw_registration_code(random: Random, home: Region, birth_year: int) -> str:
    """The first six digits of a resident ID: home, its former code for the older, or another province."""
    if random.random() < _ELSEWHERE_SHARE:
        return _REGISTERED_ELSEWHERE[int(random.random() * len(_REGISTERED_ELSEWHERE))]
    former, until_year = _FORMER_CODES.get(home.code, (home.code, 0))
    return former if birth_year < until_year else home.code


def draw_street(random: Random, home: Region) -> str:
    """Town, road, lane and door, as people write it."""
    town = home.towns[int(random.random() * len(home.towns))]
    road = _ROADS[int(random.random() * len(_ROADS))]
    house = f"{1 + int(random.random() * 899)}弄{1 + int(random.random() * 60)}号"
    flat = f"{1 + int(random.random() * 17)}0{1 + int(random.random() * 4)}室"
    return f"{town}{road}{house}{flat}"
