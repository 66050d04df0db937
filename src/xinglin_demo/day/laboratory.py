"""What is measured: analytes by LOINC, panels as laboratories bundle them, the picture each illness leaves.

Reference and critical limits follow what Chinese tertiary laboratories print for adults (WS/T 404, 405 and
usual critical value lists); they serve a demonstration and must not be used for care.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Analyte:
    """One measured quantity. ``spread`` is a standard deviation, of the logarithm where ``skewed``."""

    key: str
    code: str
    name: str
    name_en: str
    unit: str
    centre: float
    spread: float
    digits: int
    low: float | None
    high: float | None
    critical_low: float | None
    critical_high: float | None
    skewed: bool

    def value(self, deviation: float) -> float:
        """The value that lies ``deviation`` standard deviations from the healthy centre, as printed."""
        if self.skewed:
            found = self.centre * math.exp(self.spread * min(deviation, 24.0))
        else:
            found = self.centre + self.spread * deviation
        return round(max(found, 0.0), self.digits)

    def flag(self, value: float) -> str:
        """HL7 table 0078: ``HH`` and ``LL`` critical, ``H`` and ``L`` outside the range, ``N`` within."""
        if self.critical_high is not None and value >= self.critical_high:
            return "HH"
        if self.critical_low is not None and value <= self.critical_low:
            return "LL"
        if self.high is not None and (value > self.high or (value == self.high and self.low is None)):
            return "H"
        if self.low is not None and (value < self.low or (value == self.low and self.high is None)):
            return "L"
        return "N"

    def reference_range(self) -> str:
        """As OBX-7 has it: ``3.5-9.5``, or ``<5`` and ``>94``, which leave 5 and 94 out (HL7 v2.5.1, 7.4.2.7)."""
        if self.low is None:
            return "" if self.high is None else f"<{self.high:g}"
        return f">{self.low:g}" if self.high is None else f"{self.low:g}-{self.high:g}"

    def text(self, value: float) -> str:
        return f"{value:.{self.digits}f}"


@dataclass(frozen=True, slots=True)
class Panel:
    """What is ordered together. ``hours`` is the usual time from collection to result."""

    key: str
    code: str
    name: str
    name_en: str
    hours: float
    analytes: tuple[Analyte, ...]


# key|LOINC|Chinese|English|UCUM|centre|spread|digits|low|high|critical low|critical high|skewed
_ANALYTES = """
wbc|6690-2|白细胞计数|Leukocytes|10*9/L|6.2|0.24|2|3.5|9.5|1.5|30|s
rbc|789-8|红细胞计数|Erythrocytes|10*12/L|4.65|0.32|2|4.0|5.6||
hgb|718-7|血红蛋白|Haemoglobin|g/L|140|10|0|115|170|60|
hct|4544-3|红细胞压积|Haematocrit|%|42|2.8|1|35|50||
plt|777-3|血小板计数|Platelets|10*9/L|220|42|0|125|350|30|1000
neu|770-8|中性粒细胞百分比|Neutrophils %|%|60|6.5|1|40|75||
lym|736-9|淋巴细胞百分比|Lymphocytes %|%|32|5.5|1|20|50||
crp|1988-5|C反应蛋白|C reactive protein|mg/L|2.0|0.65|1||10||200|s
pct|33959-8|降钙素原|Procalcitonin|ng/mL|0.03|0.45|2||0.05||10|s
alt|1742-6|丙氨酸氨基转移酶|Alanine aminotransferase|U/L|21|0.40|0|7|50||1000|s
ast|1920-8|天门冬氨酸氨基转移酶|Aspartate aminotransferase|U/L|22|0.30|0|13|40||1000|s
alb|1751-7|白蛋白|Albumin|g/L|44|2.6|1|40|55||
tbil|14631-6|总胆红素|Bilirubin total|umol/L|11.5|0.34|1||23||340|s
urea|22664-7|尿素|Urea|mmol/L|5.2|0.22|2|3.1|8.0||36|s
crea|14682-9|肌酐|Creatinine|umol/L|70|0.16|0|57|97||650|s
ua|14933-6|尿酸|Urate|umol/L|320|0.19|0|150|420|||s
glu|14749-6|葡萄糖|Glucose|mmol/L|5.1|0.10|2|3.9|6.1|2.5|25|s
k|2823-3|钾|Potassium|mmol/L|4.2|0.28|2|3.5|5.3|2.8|6.2
na|2951-2|钠|Sodium|mmol/L|140.5|2.0|1|137|147|120|160
cl|2075-0|氯|Chloride|mmol/L|103.5|2.2|1|99|110|80|125
ca|2000-8|钙|Calcium|mmol/L|2.32|0.09|2|2.11|2.52|1.6|3.5
co2|2028-9|二氧化碳结合力|Carbon dioxide total|mmol/L|25.5|2.0|1|22|29|10|40
tni|89579-7|高敏肌钙蛋白I|Troponin I high sensitivity|ng/L|4|0.55|1||26||500|s
ckmb|13969-1|肌酸激酶同工酶质量|Creatine kinase MB|ng/mL|1.6|0.45|2||5.0|||s
bnp|33762-6|N末端B型钠尿肽前体|NT-proBNP|pg/mL|55|0.55|0||125|||s
ph|2744-1|酸碱度|pH of arterial blood|[pH]|7.40|0.016|2|7.35|7.45|7.20|7.60
pco2|2019-8|动脉血二氧化碳分压|Carbon dioxide partial pressure|mm[Hg]|40|2.3|1|35|45|20|70
po2|2703-7|动脉血氧分压|Oxygen partial pressure|mm[Hg]|91|5|1|80|105|45|
hco3|1960-4|碳酸氢根|Bicarbonate|mmol/L|24.3|1.1|1|22|27|10|40
lac|2518-9|乳酸|Lactate|mmol/L|1.0|0.28|1|0.5|1.6||4.0|s
pt|5902-2|凝血酶原时间|Prothrombin time|s|11.8|0.6|1|10|14||30
inr|6301-6|国际标准化比值|INR|{INR}|1.0|0.06|2|0.8|1.2||4.5
aptt|14979-9|活化部分凝血活酶时间|aPTT|s|28|2.6|1|22|36||70
fib|3255-7|纤维蛋白原|Fibrinogen|g/L|2.8|0.45|2|2.0|4.0|1.0|
dd|48065-7|D-二聚体|D-dimer FEU|mg/L|0.22|0.45|2||0.5|||s
temp|8310-5|体温|Body temperature|Cel|36.6|0.22|1|36.0|37.3|35.0|40.5
hr|8867-4|心率|Heart rate|/min|76|7.5|0|60|100|40|150
rr|9279-1|呼吸频率|Respiratory rate|/min|17|1.5|0|12|20|8|35
sbp|8480-6|收缩压|Systolic blood pressure|mm[Hg]|124|9|0|90|140|75|200
dbp|8462-4|舒张压|Diastolic blood pressure|mm[Hg]|76|6|0|60|90|40|120
spo2|59408-5|脉搏血氧饱和度|Oxygen saturation by pulse oximetry|%|98|0.8|0|94||85|
"""

# key|LOINC|Chinese|English|hours to result|analytes
_PANELS = """
blood|58410-2|血常规|Complete blood count|1.2|wbc rbc hgb hct plt neu lym
chemistry|24323-8|生化全套|Comprehensive metabolic panel|2.6|alt ast alb tbil urea crea ua glu
electrolyte|24326-1|电解质|Electrolytes|1.6|k na cl ca co2
cardiac|83100-8|心肌损伤标志物|Cardiac markers|1.0|tni ckmb bnp
gas|24336-0|动脉血气分析|Arterial blood gas|0.3|ph pco2 po2 hco3 lac
inflammation|75241-0|炎症标志物|Inflammation markers|1.4|crp pct
coagulation|38875-1|凝血功能|Coagulation|1.8|pt inr aptt fib dd
vital|85353-1|生命体征|Vital signs|0.02|temp hr rr sbp dbp spo2
"""

_INFLAMED = {"wbc": 2.6, "neu": 2.6, "lym": -2.2, "crp": 4.5, "pct": 4.0, "temp": 6.5, "hr": 2.2, "alb": -1.3}

# How far the values of the ill lie from the healthy, in standard deviations, on the first day.
PICTURES: dict[str, dict[str, float]] = {
    "plain": {"glu": 0.5},
    "infection": _INFLAMED | {"rr": 2.0, "spo2": -2.6, "fib": 2.5, "po2": -2.2},
    "sepsis": _INFLAMED
    | {"pct": 9.5, "crp": 4.9, "lac": 4.4, "sbp": -3.4, "dbp": -2.6, "plt": -3.0, "crea": 5.0, "ph": -4.0}
    | {"urea": 4.0, "rr": 4.5, "hr": 5.0, "spo2": -4.0, "po2": -4.0, "hco3": -4.5, "pt": 4.0, "inr": 5.0},
    "cardiac": {
        "tni": 9.4,
        "ckmb": 6.0,
        "bnp": 4.4,
        "hr": 2.4,
        "sbp": -1.2,
        "glu": 3.0,
        "ast": 3.0,
        "wbc": 1.6,
    }
    | {"dd": 1.5},
    "failure": {"bnp": 7.6, "tni": 2.6, "hr": 2.6, "rr": 3.4, "spo2": -4.2, "na": -2.6, "crea": 2.2}
    | {"urea": 2.4, "po2": -3.6, "alb": -1.4, "lac": 1.2},
    "coronary": {"tni": 2.2, "bnp": 2.0, "sbp": 1.6, "glu": 1.6, "hr": 1.6},
    "airway": {"pco2": 5.5, "po2": -5.0, "spo2": -6.0, "rr": 4.0, "hr": 2.2, "ph": -2.6, "hco3": 2.6}
    | {"co2": 2.4, "wbc": 1.4, "crp": 2.2},
    "bleeding": {"hgb": -4.8, "rbc": -4.4, "hct": -4.6, "hr": 3.0, "sbp": -2.2, "urea": 2.8, "lac": 1.8}
    | {"alb": -1.6, "plt": -0.8},
    "abdomen": {"wbc": 2.9, "neu": 2.6, "crp": 4.4, "temp": 3.0, "glu": 1.6, "k": -1.6, "hr": 1.8},
    "liver": {
        "alt": 4.2,
        "ast": 4.4,
        "tbil": 3.2,
        "alb": -3.6,
        "pt": 2.6,
        "inr": 3.0,
        "plt": -2.2,
        "na": -1.2,
    },
    "vascular": {"sbp": 3.6, "dbp": 2.8, "glu": 2.6, "dd": 2.2, "wbc": 1.0},
    "diabetes": {"glu": 8.0, "ua": 1.0, "crea": 0.8, "sbp": 1.2},
    "ketoacidosis": {"glu": 13.0, "ph": -9.0, "hco3": -9.5, "co2": -6.5, "k": 3.8, "na": -2.8, "pco2": -4.0}
    | {"rr": 4.5, "hr": 3.4, "wbc": 2.0, "lac": 1.8},
    "renal": {
        "crea": 9.5,
        "urea": 5.0,
        "k": 4.6,
        "hgb": -3.4,
        "rbc": -3.0,
        "hct": -3.2,
        "ca": -2.2,
        "ua": 2.0,
    }
    | {"ua": 2.0, "co2": -2.6, "sbp": 2.6, "alb": -1.6},
    "marrow": {"wbc": -3.6, "plt": -2.4, "hgb": -3.2, "rbc": -2.8, "hct": -3.0, "neu": -1.6, "alb": -1.2},
    "trauma": {
        "hgb": -2.6,
        "rbc": -2.4,
        "hct": -2.6,
        "dd": 5.5,
        "wbc": 2.0,
        "crp": 3.6,
        "hr": 1.8,
        "fib": 1.8,
    },
    "birth": {"hgb": -2.0, "wbc": 2.0, "dd": 3.2, "alb": -2.6, "fib": 2.6},
    "loss": {"k": -3.0, "na": -2.0, "co2": -2.4, "temp": 2.6, "hr": 2.6, "urea": 1.4},
}

# What is ordered besides blood count, chemistry and electrolytes.
_EXTRA: dict[str, str] = {
    "infection": "inflammation",
    "sepsis": "inflammation gas coagulation",
    "cardiac": "cardiac coagulation",
    "failure": "cardiac gas",
    "coronary": "cardiac",
    "airway": "gas inflammation",
    "bleeding": "coagulation",
    "abdomen": "inflammation",
    "liver": "coagulation",
    "vascular": "coagulation",
    "ketoacidosis": "gas",
    "trauma": "coagulation",
    "birth": "coagulation",
}


def _analyte(line: str) -> Analyte:
    key, code, name, name_en, unit, centre, spread, digits, *limits, skewed = [*line.split("|"), "", ""][:13]
    low, high, critical_low, critical_high = (float(limit) if limit else None for limit in limits)
    return Analyte(
        key,
        code,
        name,
        name_en,
        unit,
        float(centre),
        float(spread),
        int(digits),
        low,
        high,
        critical_low,
        critical_high,
        skewed == "s",
    )


ANALYTES = {found.key: found for found in map(_analyte, _ANALYTES.strip().splitlines())}


def _panel(line: str) -> Panel:
    key, code, name, name_en, hours, analytes = line.split("|")
    return Panel(key, code, name, name_en, float(hours), tuple(ANALYTES[one] for one in analytes.split()))


PANELS = {found.key: found for found in map(_panel, _PANELS.strip().splitlines())}
VITAL_SIGNS = PANELS["vital"]


def panels_for(pattern: str) -> tuple[Panel, ...]:
    """What is ordered on the first day of such an illness."""
    return tuple(PANELS[key] for key in ("blood", "chemistry", "electrolyte", *_EXTRA.get(pattern, "").split()))
