# METADATA
# title: The question, checked
# description: >-
#   The only place that reads `input`. A field that is missing or has the wrong type is undefined here, and every rule
#   denies what it cannot show to be harmless, so absence never widens.
# scope: package
package gateway.route

level := n if {
	n := input.question.level
	is_number(n)
	n >= 0
	n <= 4
}

clearance := n if {
	n := input.question.clearance
	is_number(n)
	n >= 0
	n <= 4
}

categories := names if {
	is_array(input.question.categories)
	names := {name | some name in input.question.categories}
}

features := names if {
	is_array(input.question.features)
	names := {name | some name in input.question.features}
}

principal_class := name if {
	name := input.question.principal_class
	is_string(name)
}

purpose := name if {
	name := input.question.purpose
	is_string(name)
}

access := name if {
	name := input.question.access
	is_string(name)
}

today := day if {
	day := input.question.day
	is_string(day)
}

destination_id := name if {
	name := input.question.destination
	is_string(name)
}

persons := name if {
	name := input.question.persons
	is_string(name)
}

bulk := names if {
	is_array(input.question.bulk)
	names := {name | some name in input.question.bulk}
}

# Public text that carries no category at all: what may be shown to anybody.
harmless if {
	level == 0
	count(categories) == 0
}
