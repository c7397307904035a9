# METADATA
# title: The purpose permits the kind of destination
# description: A purpose that `limits.purposes` does not list stays in-house.
# scope: document
# custom:
#   id: PURPOSE-1
#   legal_basis: GDPR Art. 5(1)(b)
#   owner: privacy
package gateway.route

deny contains "PURPOSE-1" if not _purpose_permitted

_purpose_permitted if kind in object.get(data.limits.purposes, purpose, ["inhouse"])
