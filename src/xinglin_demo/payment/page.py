"""The sandbox's page for payers, in both languages, without a script."""

from __future__ import annotations

from html import escape

from .book import SandboxOrder

_STYLE = """
body{margin:0;background:#fff8e6;color:#1f2a2e;font:18px/1.6 system-ui,'PingFang SC','Noto Sans CJK SC',sans-serif}
main{max-width:26rem;margin:0 auto;padding:1.5rem}
.sandbox{background:#8a4b00;color:#fff;padding:1rem 1.5rem;text-align:center;font-weight:700;font-size:20px}
.amount{font-size:44px;font-weight:700;margin:.5rem 0}
button{width:100%;min-height:64px;border:0;border-radius:8px;font-size:22px;margin-top:1rem;cursor:pointer}
.pay{background:#006b66;color:#fff}.back{background:#fff;color:#1f2a2e;border:2px solid #595959}
a.button{display:block;box-sizing:border-box;padding:1rem;text-align:center;background:#006b66;color:#fff;
border-radius:8px;font-size:22px;text-decoration:none}
"""


def pay_page(one: SandboxOrder) -> str:
    """What is to be paid, with a button for yes and one for no."""
    amount = f"¥{one.amount_fen // 100}.{one.amount_fen % 100:02d}"
    if one.state == "open":
        do = (
            '<form method="post"><button class="pay" name="decision" value="pay">确认付款 Pay</button>'
            '<button class="back" name="decision" value="cancel">暂不付款 Not now</button></form>'
        )
    else:
        said = {"paid": "已付款 Paid", "closed": "订单已关闭 Closed"}[one.state]
        do = f'<p>{said}</p><a class="button" href="{escape(one.return_url)}">返回医院 Back to the hospital</a>'
    return _page(f'<p>{escape(one.title)}</p><p class="amount">{amount}</p>{do}')


def gone() -> str:
    """There is no such order."""
    return _page("<p>没有此订单 No such order</p>")


def _page(inside: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>沙箱支付 Sandbox payment</title><style>{_STYLE}</style></head><body>"
        '<div class="sandbox" role="note">支付沙箱：不会扣款<br>Payment sandbox: no money moves</div>'
        f"<main><h1>沙箱收银台 Sandbox checkout</h1>{inside}</main></body></html>"
    )
