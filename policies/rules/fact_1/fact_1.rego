# METADATA
# title: Facts must be known and current
# description: >-
#   A destination outside the company with a fact that is unknown or past its review date receives public text only.
# scope: document
# custom:
#   id: FACT-1
#   legal_basis: Company rule (unknown counts as worst); GDPR Art. 28(1)
#   owner: platform
package gateway.route

deny contains "FACT-1" if not _facts_settled

_facts_settled if harmless

_facts_settled if inhouse

_facts_settled if {
	is_string(operator)
	is_string(host)
	is_string(control)
	is_number(retention_days)
	is_boolean(trains)
}
