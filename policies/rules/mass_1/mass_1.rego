# METADATA
# title: Records of many people stay in-house
# description: >-
#   One call that names more people than `limits.mass.outside` lists goes nowhere outside, however weak each identifier
#   is and whether or not it is masked. A number that is not stated counts as too many.
# scope: document
# custom:
#   id: MASS-1
#   legal_basis: GDPR Art. 5(1)(c), 25(2); CCPA 1798.100(c)
#   owner: privacy
package gateway.route

deny contains "MASS-1" if not _few_enough

_few_enough if inhouse

_few_enough if persons in data.limits.mass.outside
