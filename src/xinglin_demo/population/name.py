"""Names as they are met in the Yangtze delta: surnames by frequency, given names by sex and generation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from pypinyin import lazy_pinyin

from ..dice import Weighted

# Shares in thousandths, rounded from the frequencies that the Ministry of Public Security publishes yearly.
_SURNAMES = """
王Wang71 李Li70 张Zhang67 刘Liu51 陈Chen46 杨Yang31 赵Zhao21 黄Huang24 周Zhou20 吴Wu20 徐Xu15 孙Sun14 胡Hu13
朱Zhu13 高Gao12 林Lin12 何He11 郭Guo11 马Ma11 罗Luo9 梁Liang9 宋Song8 郑Zheng8 谢Xie8 韩Han7 唐Tang7 冯Feng7
于Yu7 董Dong6 萧Xiao2 程Cheng6 曹Cao6 袁Yuan5 邓Deng6 许Xu6 傅Fu3 沈Shen9 曾Zeng5 彭Peng5 吕Lü5 苏Su5 卢Lu5
蒋Jiang6 蔡Cai5 贾Jia4 丁Ding5 魏Wei4 薛Xue3 叶Ye4 阎Yan2 余Yu4 潘Pan4 杜Du4 戴Dai4 夏Xia3 钟Zhong3 汪Wang4
田Tian4 任Ren4 姜Jiang4 范Fan4 方Fang4 石Shi3 姚Yao4 谭Tan3 廖Liao3 邹Zou3 熊Xiong3 金Jin5 陆Lu7 郝Hao3
孔Kong2 白Bai2 崔Cui3 康Kang2 毛Mao3 邱Qiu3 秦Qin3 江Jiang3 史Shi2 顾Gu6 侯Hou2 邵Shao3 孟Meng2 龙Long2
万Wan2 段Duan2 雷Lei2 钱Qian3 汤Tang3 尹Yin2 黎Li2 易Yi1 常Chang1 武Wu2 乔Qiao1 贺He2 赖Lai2 龚Gong2 文Wen2
倪Ni2 严Yan2 俞Yu2 费Fei1 盛Sheng1 谈Tan1 诸Zhu1 单Shan1 解Xie1 欧阳Ouyang1 上官Shangguan1 司马Sima1
"""

# Per generation: first characters, second characters (together a two-character name), and single ones.
_GIVEN: dict[tuple[int, bool], tuple[str, str, str]] = {
    (1900, True): ("德福金玉根长永炳兆仁阿顺", "生林根福祥发荣贵才明山泉", "福贵义忠"),
    (1900, False): ("秀桂玉凤月金素淑阿巧彩杏", "英珍兰娥宝妹花仙芳琴娣林", "珍英莲"),
    (1950, True): ("建国志永卫红学光文水金庆", "国华平军民生强明林忠荣根", "军平强勇刚"),
    (1950, False): ("秀桂玉丽凤爱惠美建雪翠春", "英兰珍芳华萍琴妹娟红梅芬", "芳敏英萍红"),
    (1970, True): ("志建晓海卫国永俊文晓春雪", "军华明峰斌东刚平勇辉良荣", "勇伟军涛斌辉强"),
    (1970, False): ("丽晓小海雪春玉红美建秋文", "红燕梅华英芳萍琴霞敏娟芬", "静丽艳敏燕霞梅"),
    (1980, True): ("晓志俊文海建明佳少嘉家宏", "伟峰鹏杰波超飞亮龙斌辉宇", "磊超鹏杰涛浩俊凯"),
    (1980, False): ("晓丽雪海佳婷文静燕春慧秀", "婷娜静燕敏丽洁莉娟慧琳萍", "婷娜静洁莉慧倩颖"),
    (1990, True): ("子文俊志嘉浩明天家宇思一", "杰豪鹏轩涛凡健阳宇龙帆晨", "浩宇凯帆俊鑫杰翔"),
    (1990, False): ("思雨佳欣梦晓雪文嘉静诗慧", "怡婷敏琪雯洁倩彤瑶悦琳颖", "雪婷敏悦倩颖瑶璐"),
    (2000, True): ("浩子宇俊梓博文天家嘉皓明", "轩然宇辰豪泽阳杰涵睿航博", "轩睿涵博昊"),
    (2000, False): ("欣雨梓思诗佳子嘉可紫语雅", "怡涵萱琪彤瑶妍轩桐馨悦晴", "怡涵萱妍"),
    (2010, True): ("沐宇梓奕浩景子亦承知皓辰", "宸泽轩辰阳睿航言舟希安恒", "睿宸昱"),
    (2010, False): ("若诗梓语沐一欣知雨苡芷安", "汐涵瑶桐宁诺妍晴伊怡禾可", "玥妍诺"),
}
_GENERATIONS = (2010, 2000, 1990, 1980, 1970, 1950, 1900)
_SINGLE_SHARE = {1900: 0.05, 1950: 0.15, 1970: 0.35, 1980: 0.35, 1990: 0.25, 2000: 0.10, 2010: 0.08}


@dataclass(frozen=True, slots=True)
class Name:
    """One person's name in characters and in pinyin without tone marks (``Zhang`` ``Xiaoming``)."""

    family: str
    given: str
    family_pinyin: str
    given_pinyin: str

    @property
    def text(self) -> str:
        return self.family + self.given

    @property
    def text_pinyin(self) -> str:
        return f"{self.family_pinyin} {self.given_pinyin}"


def _surname(entry: str) -> tuple[tuple[str, str], float]:
    characters = "".join(letter for letter in entry if ord(letter) >= 0x4E00)
    weight = "".join(letter for letter in entry if letter.isdigit())
    return (characters, entry[len(characters) : -len(weight)]), float(weight)


SURNAMES: Weighted[tuple[str, str]] = Weighted(_surname(entry) for entry in _SURNAMES.split())


def draw_name(random: Random, birth_year: int, *, male: bool) -> Name:
    """A name as people of that sex and generation bear it."""
    family, family_pinyin = SURNAMES.draw(random)
    generation = next(start for start in _GENERATIONS if birth_year >= start)
    first, second, single = _GIVEN[generation, male]
    if random.random() < _SINGLE_SHARE[generation]:
        given = _one_of(random, single)
    else:
        given = _one_of(random, first) + _one_of(random, second)
    return Name(family, given, family_pinyin, _pinyin(given))


def _one_of(random: Random, characters: str) -> str:
    return characters[int(random.random() * len(characters))]


@lru_cache(maxsize=8192)
def _pinyin(given: str) -> str:
    return "".join(lazy_pinyin(given)).capitalize()
