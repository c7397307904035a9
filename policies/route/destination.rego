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

external if kind in {"closed", "vendor"}

current contains name if {
	some name, fact in destination.facts
	fact.confidence in {"verified", "secondary"}
	today <= fact.review_by
}

# Countries that can compel the destination: where it runs and who controls it. `unknown` is in no list of trusted
# countries, and `beyond_compulsion` asks for both to be current.
countries contains destination.facts.host_country.value

countries contains destination.facts.control.value

located if {
	{"host_country", "control"} - current == set()
	not "unknown" in countries
}

retention_days := destination.facts.retention_days.value if "retention_days" in current

trains := destination.facts.trains_on_inputs.value if "trains_on_inputs" in current

# The agreement the company has with this destination, while it is valid.
agreement := found if {
	found := data.limits.agreements[destination_id]
	today <= found.valid_until
}

covered contains category if {
	some category in agreement.covers
}
