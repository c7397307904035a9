# METADATA
# title: What could not be classified stays in-house
# description: The category `unknown` stands for a detector that failed or a part that could not be read.
# scope: document
# custom:
#   id: UNKNOWN-1
#   legal_basis: Company rule (unknown counts as worst)
#   owner: security
package gateway.route

_readable := {
	"pii.direct", "pii.quasi", "pii.special", "phi", "pci.pan", "pci.sad", "credential", "gov_id", "cn_personal",
	"source_code", "trade_secret", "registered", "mnpi", "legal_privilege", "export_control", "cui", "opaque",
}

deny contains "UNKNOWN-1" if not _classified

_classified if count(categories - _readable) == 0

_classified if {
	inhouse
	count(categories) >= 0
}
