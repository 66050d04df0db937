"""What the pages of settlement read and send. All amounts are fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from .bill.model import ChargeKind
from .payment.model import OrderState, RefundState
from .reconciliation import Finding

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
Fen = Annotated[int, Field(gt=0, le=10_000_000_000)]
Key = Annotated[str, Field(min_length=8, max_length=80)]


class LineShown(BaseModel):
    """``amount_fen`` is null where the desk has yet to set a price."""

    kind: ChargeKind
    name_zh: str
    name_en: str
    quantity: str
    unit_zh: str
    unit_fen: int | None
    amount_fen: int | None


class RefundShown(BaseModel):
    id: str
    amount_fen: int
    reason: str
    state: RefundState
    said: str
    made_by: str
    made_at: datetime


class PaymentShown(BaseModel):
    """A payment that came in; ``left_fen`` may still go back."""

    order: str
    way: Literal["online", "cash"]
    amount_fen: int
    paid_at: datetime
    left_fen: int
    refunds: list[RefundShown]


class InvoiceShown(BaseModel):
    """``open_order`` is a payment under way. Of a draft with lines without a price, ``total_fen`` is what has one."""

    id: str
    number: str
    state: Literal["draft", "issued", "balanced"]
    lines: list[LineShown]
    total_fen: int
    made_at: datetime
    paid_at: datetime | None
    open_order: str | None
    payments: list[PaymentShown]


class BillShown(BaseModel):
    """A visit's invoices. ``owed_back_fen`` is what was paid for things that were cancelled since and has not gone
    back."""

    encounter: str
    patient: str
    patient_name: str
    department: str
    began_at: str | None
    invoices: list[InvoiceShown]
    owed_back_fen: int


class BillsShown(BaseModel):
    """``is_online`` tells whether people can pay otherwise than at the desk."""

    is_online: bool
    bills: list[BillShown]


class PayAsked(BaseModel):
    """``amount_fen`` is what the payer saw."""

    amount_fen: Fen


class CashAsked(BaseModel):
    """``key`` is the same when the same payment is sent again."""

    amount_fen: Fen
    key: Key


class RefundAsked(BaseModel):
    amount_fen: Fen
    reason: Annotated[str, Field(max_length=200)]
    key: Key


class OrderShown(BaseModel):
    """A payment under way or done. ``pay_url`` is where the payer goes; ``qr_svg`` the same for a phone's camera."""

    order: str
    invoice: str
    state: OrderState
    amount_fen: int
    pay_url: str
    qr_svg: str
    expires_at: datetime
    paid_at: datetime | None


class WaitingShown(BaseModel):
    """An invoice that is to be paid, for the desk."""

    invoice: str
    number: str
    encounter: str
    patient: str
    name: str
    total_fen: int
    unpriced: int
    made_at: datetime
    is_paying: bool


class ReceivedShown(PaymentShown):
    patient: str
    name: str
    invoice: str
    number: str


class OddNotice(BaseModel):
    """A call-back of another amount than was asked, or of no order of ours."""

    order: str
    outcome: str
    amount_fen: int
    currency: str
    heard_at: datetime


class DayShown(BaseModel):
    """A day's money from the ledger, with each payment and refund."""

    day: date
    online_fen: int
    cash_fen: int
    refunded_fen: int
    receivable_fen: int
    payments: list[ReceivedShown]
    refunds: list[RefundShown]
    odd_notices: list[OddNotice]


class DifferenceShown(BaseModel):
    """One line of a reconciliation; ``do_zh`` and ``do_en`` say what to do about it, empty where it matches."""

    kind: Literal["payment", "refund"]
    number: str
    finding: Finding
    here_fen: int | None
    there_fen: int | None
    provider_number: str
    invoice: str
    do_zh: str
    do_en: str


class ReconciliationShown(BaseModel):
    """``compared_at`` is null where the day was never compared."""

    day: date
    compared_at: datetime | None
    matched: int
    differences: list[DifferenceShown]
