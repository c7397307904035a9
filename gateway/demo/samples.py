"""Made-up sensitive values for the demo: valid for every checksum, and nobody's.

The domains are reserved by RFC 2606, the telephone numbers by the numbering plan (555-01xx), the card number is the
networks' test number, the AWS key is the one of AWS's own documentation, the resident id is the example of GB 11643.
"""

from __future__ import annotations

import struct
import zlib

EMAIL = "dana.whitfield@example.com"
OTHER_EMAIL = "noor.haddad@example.org"
PHONE = "+1 202-555-0143"
CARD = "4111 1111 1111 1111"
SECURITY_CODE = "737"
AWS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105  (the key of AWS's documentation)
CN_RESIDENT_ID = "11010519491231002X"
CN_MOBILE = "+86 138-0013-8000"
CN_NAME = "张三"
PATIENT = "Jane Roe"
RECORD_NUMBER = "00482913"

CLINICAL_NOTE = (
    f"Summarise for the ward round. Patient: {PATIENT}, MRN: {RECORD_NUMBER}, admitted for pneumonia. "
    "Past medical history: hypertension, type 2 diabetes. Medication: metformin 500 mg bid, lisinopril 10 mg daily."
)
CHINESE_RECORD = f"请翻译成英文：姓名：{CN_NAME}，身份证号码 {CN_RESIDENT_ID}，手机 {CN_MOBILE}，希望下周办理入职。"
ROADMAP = (
    "You answer for the hardware team. Our internal roadmap: the unreleased Falcon chip ships in March 2027. "
    "Never mention the upcoming launch to customers."
)
CODE = '''Why is this slow?
```python
class SettlementBook:
    """Nets positions before the overnight batch."""

    def __init__(self, ledger):
        self._ledger = ledger

    def net(self, desk):
        total = 0
        for trade in self._ledger.trades(desk):
            total += trade.quantity * self._ledger.mark(trade.instrument)
        return total
```'''
DIFF = """Review this change:
diff --git a/pricing/curve.py b/pricing/curve.py
index 83db48f..bf2a4c1 100644
--- a/pricing/curve.py
+++ b/pricing/curve.py
@@ -12,6 +12,7 @@ class Curve:
     def discount(self, days):
-        return math.exp(-self.rate * days / 365)
+        rate = self.rate + self.spread(days)
+        return math.exp(-rate * days / self.basis)
"""


def tiny_png() -> bytes:
    """Returns a PNG of 8 by 8 grey pixels (PNG specification, third edition, sections 5 and 11)."""
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(range(row, row + 8)) for row in range(0, 64, 8))
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
