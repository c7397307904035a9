# METADATA
# title: Trade secrets and privileged text stay in-house
# description: Unless a valid agreement with the destination names the category.
# scope: document
# custom:
#   id: TRADE-1
#   legal_basis: DTSA 18 U.S.C. 1839(3); Directive (EU) 2016/943; FRE 502
#   owner: legal
package gateway.route

deny contains "TRADE-1" if not _secrets_kept

_secrets := {"trade_secret", "registered", "mnpi", "legal_privilege"}

_secrets_kept if count(categories & _secrets) == 0

_secrets_kept if inhouse

_secrets_kept if count((categories & _secrets) - covered) == 0
