# METADATA
# title: What a destination may be asked to keep
# description: >-
#   A stored response, a background run and a compacted conversation stay with the destination until they are deleted.
#   Each kind of destination may be asked to keep text up to its level in `limits.stored_ceilings`, and nothing else.
# scope: document
# custom:
#   id: STORE-1
#   legal_basis: GDPR Art. 5(1)(c), 5(1)(e), 17
#   owner: privacy
package gateway.route

deny contains "STORE-1" if not _keeps_no_more_than_agreed

_keeps_no_more_than_agreed if count(features & {"store", "background"}) == 0

_keeps_no_more_than_agreed if level <= data.limits.ranks[data.limits.stored_ceilings[kind]]
