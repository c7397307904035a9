# METADATA
# title: Clearance of the caller
# description: A key cleared for less than the level of the data may send it nowhere.
# scope: document
# custom:
#   id: CLEAR-1
#   legal_basis: Company rule (need to know; ISO/IEC 27001 A.5.15)
#   owner: security
package gateway.route

deny contains "CLEAR-1" if not _cleared

_cleared if level <= clearance
