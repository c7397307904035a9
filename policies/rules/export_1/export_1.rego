# METADATA
# title: Export-controlled and controlled unclassified text
# description: >-
#   Only in-house, on a site in `limits.export.countries`, for the principal classes of `limits.export.classes`. An API
#   that reads the prompt never meets the end-to-end encryption carve-out.
# scope: document
# custom:
#   id: EXPORT-1
#   legal_basis: 15 CFR 734.13, 734.18; 22 CFR 120.54; 32 CFR 2002
#   owner: legal
package gateway.route

deny contains "EXPORT-1" if not _export_permitted

_export_permitted if count(categories & {"export_control", "cui"}) == 0

_export_permitted if {
	inhouse
	host in data.limits.export.countries
	control in data.limits.export.countries
	principal_class in data.limits.export.classes
}
