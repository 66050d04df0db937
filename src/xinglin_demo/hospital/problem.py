"""Why people come: diagnoses by ICD-10 with the pattern that their illness leaves in laboratory values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnosis. ``pattern`` names the laboratory picture, ``days`` a usual stay; ages in years."""

    code: str
    name: str
    name_en: str
    pattern: str
    days: float
    ages: tuple[int, int] = (14, 120)
    sex: str = "any"
    urgent: bool = False

    def fits(self, age: int, *, male: bool) -> bool:
        return self.ages[0] <= age <= self.ages[1] and self.sex in ("any", "male" if male else "female")


def _problems(text: str) -> tuple[Problem, ...]:
    return tuple(_problem(line) for line in text.strip().splitlines())


def _problem(line: str) -> Problem:
    code, name, name_en, pattern, days, *rest = [part.strip() for part in line.split("|")]
    options = dict(option.split("=") for option in (rest[0].split() if rest else []))
    first, last = (int(age) for age in options.get("ages", "14-120").split("-"))
    return Problem(
        code=code,
        name=name,
        name_en=name_en,
        pattern=pattern,
        days=float(days),
        ages=(first, last),
        sex=options.get("sex", "any"),
        urgent=options.get("urgent") == "yes",
    )


PROBLEMS: dict[str, tuple[Problem, ...]] = {
    "cardiology": _problems("""
I21.9|急性心肌梗死|Acute myocardial infarction|cardiac|7|ages=35-120 urgent=yes
I50.9|心力衰竭|Heart failure|failure|8|ages=45-120 urgent=yes
I20.0|不稳定型心绞痛|Unstable angina|coronary|5|ages=40-120 urgent=yes
I48.9|心房颤动|Atrial fibrillation|coronary|4|ages=50-120
I10.x|原发性高血压|Essential hypertension|plain|4|ages=30-120
"""),
    "respiratory": _problems("""
J18.9|肺炎|Pneumonia|infection|7|urgent=yes
J44.1|慢性阻塞性肺疾病急性加重|Acute exacerbation of COPD|airway|8|ages=50-120 urgent=yes
J45.9|支气管哮喘|Asthma|airway|5|urgent=yes
R91.x|肺结节|Pulmonary nodule|plain|3|ages=30-120
"""),
    "gastroenterology": _problems("""
K92.2|消化道出血|Gastrointestinal haemorrhage|bleeding|6|ages=25-120 urgent=yes
K85.9|急性胰腺炎|Acute pancreatitis|abdomen|8|ages=20-120 urgent=yes
K74.6|肝硬化|Cirrhosis of liver|liver|8|ages=35-120
K63.5|结肠息肉|Polyp of colon|plain|3|ages=30-120
"""),
    "neurology": _problems("""
I63.9|脑梗死|Cerebral infarction|vascular|9|ages=45-120 urgent=yes
G45.9|短暂性脑缺血发作|Transient ischaemic attack|plain|5|ages=45-120 urgent=yes
G40.9|癫痫|Epilepsy|plain|5|urgent=yes
G20.x|帕金森病|Parkinson disease|plain|7|ages=55-120
"""),
    "endocrinology": _problems("""
E11.9|2型糖尿病|Type 2 diabetes mellitus|diabetes|7|ages=30-120
E14.1|糖尿病酮症酸中毒|Diabetic ketoacidosis|ketoacidosis|7|ages=16-120 urgent=yes
E05.9|甲状腺功能亢进症|Hyperthyroidism|plain|5
"""),
    "nephrology": _problems("""
N18.5|慢性肾脏病5期|Chronic kidney disease, stage 5|renal|9|ages=25-120
N17.9|急性肾损伤|Acute kidney injury|renal|9|ages=30-120 urgent=yes
N04.9|肾病综合征|Nephrotic syndrome|liver|9
"""),
    "oncology": _problems("""
C34.9|肺恶性肿瘤|Malignant neoplasm of lung|marrow|6|ages=40-120
C18.9|结肠恶性肿瘤|Malignant neoplasm of colon|marrow|5|ages=40-120
C50.9|乳腺恶性肿瘤|Malignant neoplasm of breast|marrow|4|ages=30-120 sex=female
C85.9|淋巴瘤|Lymphoma|marrow|8
"""),
    "surgery": _problems("""
K35.8|急性阑尾炎|Acute appendicitis|abdomen|5|ages=6-120 urgent=yes
K80.2|胆囊结石|Gallbladder stones|liver|5|ages=20-120
K40.9|腹股沟疝|Inguinal hernia|plain|3
K56.6|肠梗阻|Intestinal obstruction|abdomen|8|ages=30-120 urgent=yes
"""),
    "orthopaedics": _problems("""
S72.0|股骨颈骨折|Fracture of neck of femur|trauma|10|ages=55-120 urgent=yes
S82.2|胫骨骨折|Fracture of shaft of tibia|trauma|9|urgent=yes
M17.9|膝关节骨性关节炎|Osteoarthritis of knee|plain|8|ages=55-120
M51.2|腰椎间盘突出|Lumbar disc displacement|plain|6|ages=25-120
"""),
    "neurosurgery": _problems("""
S06.5|创伤性硬膜下出血|Traumatic subdural haemorrhage|trauma|13|urgent=yes
I61.9|脑出血|Intracerebral haemorrhage|vascular|14|ages=40-120 urgent=yes
D32.9|脑膜瘤|Meningioma|plain|11|ages=35-120
"""),
    "thoracic": _problems("""
J93.1|自发性气胸|Spontaneous pneumothorax|airway|6|urgent=yes
S22.4|多发肋骨骨折|Multiple fractures of ribs|trauma|8|urgent=yes
D14.3|肺良性肿瘤|Benign neoplasm of lung|plain|5|ages=30-120
"""),
    "urology": _problems("""
N20.1|输尿管结石|Ureteric calculus|renal|4|ages=18-120 urgent=yes
N40.x|前列腺增生|Hyperplasia of prostate|plain|6|ages=55-120 sex=male
C67.9|膀胱恶性肿瘤|Malignant neoplasm of bladder|bleeding|6|ages=45-120
"""),
    "gynaecology": _problems("""
D25.9|子宫平滑肌瘤|Leiomyoma of uterus|bleeding|6|ages=28-60 sex=female
N83.2|卵巢囊肿|Ovarian cyst|plain|5|ages=16-70 sex=female
O00.1|输卵管妊娠|Tubal pregnancy|bleeding|5|ages=18-45 sex=female urgent=yes
"""),
    "obstetrics": _problems("""
O80.0|自然分娩|Spontaneous delivery|birth|3|ages=20-44 sex=female urgent=yes
O82.0|择期剖宫产|Elective caesarean delivery|birth|5|ages=20-44 sex=female
O14.1|重度子痫前期|Severe pre-eclampsia|liver|6|ages=20-44 sex=female urgent=yes
"""),
    "paediatrics": _problems("""
J15.7|支原体肺炎|Mycoplasma pneumonia|infection|6|ages=0-14 urgent=yes
A08.0|轮状病毒性肠炎|Rotaviral enteritis|loss|4|ages=0-14 urgent=yes
R56.0|热性惊厥|Febrile convulsions|infection|3|ages=0-6 urgent=yes
J20.9|急性支气管炎|Acute bronchitis|infection|5|ages=0-14
"""),
    "geriatrics": _problems("""
J69.0|吸入性肺炎|Aspiration pneumonia|infection|12|ages=70-120 urgent=yes
M81.9|骨质疏松|Osteoporosis|plain|9|ages=65-120
I25.1|冠状动脉粥样硬化性心脏病|Coronary atherosclerosis|coronary|9|ages=65-120
"""),
    "rehabilitation": _problems("""
I69.3|脑梗死后遗症|Sequelae of cerebral infarction|plain|16|ages=45-120
Z50.1|骨折术后康复|Rehabilitation after fracture surgery|plain|14|ages=20-120
"""),
    "critical": _problems("""
A41.9|脓毒症|Sepsis|sepsis|8|ages=14-120 urgent=yes
J96.0|急性呼吸衰竭|Acute respiratory failure|airway|8|ages=30-120 urgent=yes
T07.x|多发伤|Multiple injuries|trauma|9|urgent=yes
"""),
    "emergency": _problems("""
R10.4|腹痛|Abdominal pain|abdomen|0|ages=6-120 urgent=yes
R50.9|发热|Fever|infection|0|ages=0-120 urgent=yes
R07.4|胸痛|Chest pain|coronary|0|ages=25-120 urgent=yes
T14.1|开放性伤口|Open wound|plain|0|ages=2-120 urgent=yes
R42.x|头晕|Dizziness|plain|0|ages=25-120 urgent=yes
"""),
    "ophthalmology": _problems("""
H25.9|老年性白内障|Senile cataract|plain|2|ages=55-120
H52.1|近视|Myopia|plain|1|ages=6-40
"""),
    "otolaryngology": _problems("""
J32.9|慢性鼻窦炎|Chronic sinusitis|plain|4|ages=8-120
H81.1|良性阵发性位置性眩晕|Benign paroxysmal vertigo|plain|3|ages=30-120
"""),
    "dermatology": _problems("""
L20.9|特应性皮炎|Atopic dermatitis|plain|4|ages=2-120
L40.9|银屑病|Psoriasis|plain|6|ages=16-120
"""),
    "chinese_medicine": _problems("""
K30.x|功能性消化不良|Functional dyspepsia|plain|4|ages=18-120
G47.0|失眠|Insomnia|plain|4|ages=25-120
"""),
}
