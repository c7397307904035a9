# METADATA
# title: The destination can do what the call asks for
# description: A call with tools, images or documents does not go where they would be dropped without a word.
# scope: document
# custom:
#   id: CAP-1
#   legal_basis: Company rule (no silent loss)
#   owner: platform
package gateway.route

deny contains "CAP-1" if not _capable

_capable if count(features - {name | some name in destination.capabilities}) == 0
