# METADATA
# title: Level ceiling of the kind of destination
# description: >-
#   Closed APIs receive up to confidential, vendors up to internal, in-house up to regulated. A valid agreement in
#   `limits.agreements` can raise the ceiling of one closed destination.
# scope: document
# custom:
#   id: LEVEL-1
#   legal_basis: Company rule (ISO/IEC 27001 A.5.12, A.5.13)
#   owner: security
package gateway.route

deny contains "LEVEL-1" if not _within_ceiling

_within_ceiling if level <= data.limits.ranks[data.limits.ceilings[kind]]

_within_ceiling if {
	kind == "closed"
	level <= data.limits.ranks[agreement.ceiling]
	level <= data.limits.ranks.restricted
}
