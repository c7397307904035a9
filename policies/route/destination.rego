# METADATA
# title: The destination and its facts
# description: >-
#   A fact that is unknown, or past the day it had to be reviewed, is not current. Where it is judged it counts as the
#   worst value.
# scope: package
package gateway.route

destination := data.catalog.destinations[destination_id]

kind := destination.kind

inhouse if kind == "inhouse"

external if kind in ["closed", "vendor"]

# One rule per fact, undefined unless somebody stands behind the value today.
operator := fact.value if {
	fact := data.catalog.destinations[destination_id].facts.operator
	fact.confidence in ["verified", "secondary"]
	today <= fact.review_by
}

host := fact.value if {
	fact := data.catalog.destinations[destination_id].facts.host_country
	fact.confidence in ["verified", "secondary"]
	today <= fact.review_by
	fact.value != "unknown"
}

control := fact.value if {
	fact := data.catalog.destinations[destination_id].facts.control
	fact.confidence in ["verified", "secondary"]
	today <= fact.review_by
	fact.value != "unknown"
}

retention_days := fact.value if {
	fact := data.catalog.destinations[destination_id].facts.retention_days
	fact.confidence in ["verified", "secondary"]
	today <= fact.review_by
}

trains := fact.value if {
	fact := data.catalog.destinations[destination_id].facts.trains_on_inputs
	fact.confidence in ["verified", "secondary"]
	today <= fact.review_by
}

# The agreement the company has with this destination, while it is valid.
agreement := found if {
	found := data.limits.agreements[destination_id]
	today <= found.valid_until
}

covered contains category if {
	some category in agreement.covers
}
