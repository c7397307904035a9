# METADATA
# title: What could not be inspected stays in-house
# description: Images, files and other content that no detector reads.
# scope: document
# custom:
#   id: OPAQUE-1
#   legal_basis: Company rule (unknown counts as worst)
#   owner: security
package gateway.route

deny contains "OPAQUE-1" if not _inspected

_inspected if count(categories & {"opaque"}) == 0

_inspected if inhouse
