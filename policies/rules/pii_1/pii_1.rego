# METADATA
# title: Personal data is masked outside
# description: Names, contacts, identifiers and national ids leave the company only as placeholders.
# scope: document
# custom:
#   id: PII-1
#   legal_basis: GDPR Art. 5(1)(c), 25, 44; CCPA 1798.100(c)
#   owner: privacy
package gateway.route

_personal := {"pii.direct", "pii.quasi", "gov_id", "cn_personal"}

duties contains {"rule": "PII-1", "act": "mask", "category": category} if {
	external
	some category in categories & _personal
}
