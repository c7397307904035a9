# METADATA
# title: Source code only to listed kinds and countries
# description: >-
#   Code cannot be masked and still be of use, so it goes in-house, and to closed APIs hosted and controlled in
#   `limits.source_code.countries` as long as `limits.source_code.kinds` lists them.
# scope: document
# custom:
#   id: SRC-1
#   legal_basis: DTSA 18 U.S.C. 1839(3); Directive (EU) 2016/943 Art. 2(1)(c)
#   owner: engineering
package gateway.route

deny contains "SRC-1" if not _code_permitted

_code_permitted if count(categories & {"source_code"}) == 0

_code_permitted if inhouse

_code_permitted if {
	kind in data.limits.source_code.kinds
	host in data.limits.source_code.countries
	control in data.limits.source_code.countries
}
