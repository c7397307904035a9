# METADATA
# title: Access to the destination is in order
# description: >-
#   A destination that withdrew access, or that an operator holds, receives nothing. One under suspicion receives
#   harmless text only, which is enough to find out; in-house nothing leaves, so suspicion does not matter there.
# scope: document
# custom:
#   id: ACCESS-1
#   legal_basis: Company rule (continuity); export directives that suspend a service
#   owner: platform
package gateway.route

deny contains "ACCESS-1" if not _access_in_order

_access_in_order if access == "active"

_access_in_order if {
	access == "suspect"
	harmless
}

_access_in_order if {
	access == "suspect"
	inhouse
}
