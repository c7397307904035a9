# METADATA
# title: No bulk personal data to countries of concern
# description: >-
#   Within reach of a country of concern every sent person counts for 365 days, masked or not. A call that would reach
#   the threshold of any kind of data is denied; so is one that nobody counted. Unknown or expired facts count as within
#   reach.
# scope: document
# custom:
#   id: BULK-1
#   legal_basis: 28 CFR 202.205, 202.206, 202.601
#   owner: legal
package gateway.route

deny contains "BULK-1" if not _under_every_threshold

_under_every_threshold if inhouse

_under_every_threshold if {
	is_string(host)
	is_string(control)
	not _of_concern
}

_under_every_threshold if {
	count(bulk) == count(_counted)
	count(_counted - _low) == 0
}

_counted := object.keys(data.limits.bulk.thresholds)

_low contains name if {
	some entry in bulk
	parts := split(entry, ".")
	parts[1] in ["0", "50", "80"]
	name := parts[0]
}

_of_concern if host in data.limits.bulk.countries

_of_concern if control in data.limits.bulk.countries
