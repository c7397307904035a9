# METADATA
# title: Only destinations of the catalogue
# description: A destination that is not in the catalogue has no facts, so nothing may go there.
# scope: document
# custom:
#   id: DEST-1
#   legal_basis: Company rule (default deny)
#   owner: platform
package gateway.route

deny contains "DEST-1" if not _known_destination

_known_destination if destination.kind in {"closed", "vendor", "inhouse"}
