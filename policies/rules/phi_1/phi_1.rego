# METADATA
# title: Health and other special data only under a named agreement
# description: >-
#   Protected health information and special categories stay in-house, unless a valid agreement names the category;
#   outside they are masked.
# scope: document
# custom:
#   id: PHI-1
#   legal_basis: 45 CFR 164.502(e), 164.514(b)(2); GDPR Art. 9, 10
#   owner: privacy
package gateway.route

deny contains "PHI-1" if not _health_permitted

_health_data := {"phi", "pii.special"}

_health_permitted if count(categories & _health_data) == 0

_health_permitted if inhouse

_health_permitted if count((categories & _health_data) - covered) == 0

duties contains {"rule": "PHI-1", "act": "mask", "category": category} if {
	external
	some category in categories & _health_data
}
