"""All rows of the identifiers."""

from __future__ import annotations

from gateway.classify.recognizers.americas import AMERICAS
from gateway.classify.recognizers.asia_pacific import ASIA_PACIFIC
from gateway.classify.recognizers.contact import CONTACT
from gateway.classify.recognizers.europe import EUROPE
from gateway.classify.recognizers.payment import PAYMENT
from gateway.classify.recognizers.rule import Identifier
from gateway.classify.recognizers.united_states import UNITED_STATES

IDENTIFIER_ROWS: tuple[Identifier, ...] = (*PAYMENT, *CONTACT, *UNITED_STATES, *EUROPE, *ASIA_PACIFIC, *AMERICAS)
"""Every way an identifier is written, of every family."""

SOUGHT_HERE = frozenset(("DATE_TIME",))
"""Types that Presidio has a recognizer for as well, which would only find less."""
