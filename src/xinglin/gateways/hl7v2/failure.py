"""The two ways a message can fail: refused at the door, or taken in and then not understood."""

from __future__ import annotations

_MEANINGS = {
    100: "没有有效的 MSH 段",
    101: "必填字段为空",
    102: "字符或数据类型有误",
    103: "字符集未知",
    207: "网关未能接收",
}


class Refused(Exception):
    """The message was not taken in; the sender keeps it. ``code`` is from HL7 table 0357.

    ``rejected`` chooses AR/CR (the sender need not try the same bytes again) over AE/CE; ``location`` is
    the field at fault, such as ``MSH^1^18``. Senders read ``english``; people read ``chinese`` too, which is
    what ``code`` means where nothing nearer is given.
    """

    def __init__(
        self, code: int, english: str, *, chinese: str = "", location: str = "", rejected: bool = True
    ) -> None:
        super().__init__(english)
        self.code = code
        self.english = english
        self.chinese = chinese or f"{_MEANINGS[code]}{f'（{location}）' if location else ''}"
        self.location = location
        self.rejected = rejected


class Unmappable(Exception):
    """The message was taken in but says something that cannot be put into FHIR; a person must look at it."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.english = english
        self.chinese = chinese
