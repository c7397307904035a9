package gateway.tests.license_1

import data.gateway.fixtures

_house(licence) := found if {
	house := object.union(data.catalog.destinations.inhouse, {"weights": "some-weights"})
	catalog := object.union(data.catalog, {"destinations": {"house": house}})
	bounds := object.union(data.limits, {"licenses": {"some-weights": licence}})
	found := fixtures.denied({"destination": "house"}) with data.catalog as catalog with data.limits as bounds
}

_current := {
	"decision": "permitted",
	"decided_by": "legal",
	"valid_until": "2026-11-21",
	"conditions": [{"id": "notice", "met": true}, {"id": "revenue", "met": true}],
}

test_permits_on_a_current_decision_with_its_conditions_met if {
	not "LICENSE-1" in _house(_current)
}

test_denies_without_a_decision_that_permits if {
	"LICENSE-1" in _house({})
	every decision in ["refused", "undecided", "", true] {
		"LICENSE-1" in _house(object.union(_current, {"decision": decision}))
	}
	"LICENSE-1" in _house(object.remove(_current, ["decided_by"]))
}

test_denies_once_the_decision_has_lapsed if {
	"LICENSE-1" in _house(object.union(_current, {"valid_until": "2026-11-20"}))
	"LICENSE-1" in _house(object.remove(_current, ["valid_until"]))
}

test_denies_while_a_condition_is_not_met if {
	every met in [false, "true", null] {
		"LICENSE-1" in _house(object.union(_current, {"conditions": [{"id": "notice", "met": met}]}))
	}
	"LICENSE-1" in _house(object.union(_current, {"conditions": [{"id": "notice"}]}))
	"LICENSE-1" in _house(object.remove(_current, ["conditions"]))
}

test_weights_without_a_licence_and_hosted_models_need_no_decision if {
	every name in ["inhouse", "closed", "vendor"] {
		fixtures.objects("LICENSE-1", {"destination": name}) == false
	}
}

test_denies_a_kind_nobody_knows if {
	fixtures.objects("LICENSE-1", {"destination": "odd"}) == true
}
