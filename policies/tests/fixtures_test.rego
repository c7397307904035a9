# METADATA
# title: What the tests of the rules share
# description: >-
#   Tests run on `tests/data.json` in place of the real catalogue and limits: a question that every destination may
#   receive, a small catalogue, and limits of its own. They say what the rules do, not what a company has set.
# scope: package
package gateway.fixtures

import data.gateway.route

# The decision for the shared question with these fields changed.
ask(changes) := found if {
	asked := object.union(data.fixtures.question, changes)
	found := route.decision with input.question as asked
}

# The rules that object to the same.
denied(changes) := found if {
	asked := object.union(data.fixtures.question, changes)
	found := route.deny with input.question as asked
}

# The rules that object when limits are changed in one place.
denied_under(changed, changes) := found if {
	asked := object.union(data.fixtures.question, changes)
	bounds := object.union(data.limits, changed)
	found := route.deny with input.question as asked with data.limits as bounds
}

# Whether a rule objects: true or false, and undefined (a failed test) when there is no answer at all.
objects(id, changes) := answer if {
	found := denied(changes)
	answer := id in found
}
