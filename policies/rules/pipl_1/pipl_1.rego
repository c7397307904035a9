# METADATA
# title: Personal data of people in China stays in-house
# description: It leaves only to destinations for which a standard contract is filed, listed in `limits.pipl`.
# scope: document
# custom:
#   id: PIPL-1
#   legal_basis: PIPL Art. 38 to 40; CAC provisions of 22 March 2024
#   owner: privacy
package gateway.route

deny contains "PIPL-1" if not _cross_border_permitted

_cross_border_permitted if count(categories & {"cn_personal"}) == 0

_cross_border_permitted if inhouse

_cross_border_permitted if destination_id in data.limits.pipl.destinations
