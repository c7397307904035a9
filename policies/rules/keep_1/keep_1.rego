# METADATA
# title: No training on inputs, no long retention
# description: >-
#   Above public text the destination must state that it does not train on inputs and keeps them no longer than
#   `limits.retention_days_max` days.
# scope: document
# custom:
#   id: KEEP-1
#   legal_basis: GDPR Art. 5(1)(b), 5(1)(e), 28(3)
#   owner: privacy
package gateway.route

deny contains "KEEP-1" if not _forgets

_forgets if harmless

_forgets if inhouse

_forgets if {
	trains == false
	retention_days <= data.limits.retention_days_max
}
