"""All rows of the identifiers."""

from __future__ import annotations

from gateway.classify.recognizers.americas import AMERICAS
from gateway.classify.recognizers.asia_pacific import ASIA_PACIFIC
from gateway.classify.recognizers.contact import CONTACT
from gateway.classify.recognizers.europe import EUROPE
from gateway.classify.recognizers.payment import PAYMENT
from gateway.classify.recognizers.rule import Identifier, labels
from gateway.classify.recognizers.united_states import UNITED_STATES

IDENTIFIER_ROWS: tuple[Identifier, ...] = (*PAYMENT, *CONTACT, *UNITED_STATES, *EUROPE, *ASIA_PACIFIC, *AMERICAS)
"""Every way an identifier is written, of every family. Among rows with the same score the earlier one wins."""

DECOYS = labels(
    """account id|account type|aws account|service account|account executive|account manager|order number|order no
    order id|purchase order|ticket number|ticket no|tracking number|serial number|serial no|part number|part no
    build number|version number|port number|page number|process id|thread id|request id|session id
    transaction id|trace id|span id|commit id|test case|use case|in case|card processor|policy version
    privacy policy|policy id|model number|item number|product number|sku|upc|ean|isbn|issn|barcode|lot number
    batch number|batch id|confirmation number|invoice id|job id|run id|phone model|phone number format|card id
    mobile app|mobile version|cell line|cell id|insurance code|passport control|case study|case sensitive|号订单
    订单号|流水号|注文番号"""
)
"""Words that look like a label and announce something else."""

_SOUGHT_BY_BOTH = frozenset(
    "CREDIT_CARD US_SSN US_ITIN US_PASSPORT US_DRIVER_LICENSE UK_NHS IBAN_CODE MEDICAL_LICENSE PHONE_NUMBER".split()
)
SOUGHT_HERE = frozenset(row.type for row in IDENTIFIER_ROWS) - _SOUGHT_BY_BOTH
"""Types that are left to these rows: Presidio's recognizers for them, where it has any, take bare numbers for them."""
