# METADATA
# title: Nothing but harmless text within reach of compelled access
# description: >-
#   A destination that is hosted in, or controlled from, a country whose organisations must support state intelligence
#   work receives public text without any category. Ordinary internal text only if `limits.compelled.internal_allowed`
#   says so; anything confidential, personal or source code never. Unknown or expired facts count as within reach.
# scope: document
# custom:
#   id: CN-NIL-7
#   legal_basis: National Intelligence Law of the PRC (2017, amended 2018), Art. 7 and 14
#   owner: legal
package gateway.route

deny contains "CN-NIL-7" if not _beyond_or_harmless

_beyond_or_harmless if _beyond_compulsion

_beyond_or_harmless if harmless

_beyond_or_harmless if {
	data.limits.compelled.internal_allowed == true
	level <= data.limits.ranks.internal
	count(categories) == 0
}

_beyond_compulsion if {
	is_string(host)
	is_string(control)
	not _within_reach
}

_within_reach if host in data.limits.compelled.countries

_within_reach if control in data.limits.compelled.countries
