package gateway.tests.store_1

import data.gateway.fixtures

test_keeps_up_to_the_ceiling_of_the_kind if {
	every case in [
		{"destination": "closed", "features": ["store"], "highest": 2},
		{"destination": "closed", "features": ["background"], "highest": 2},
		{"destination": "vendor", "features": ["store"], "highest": 0},
		{"destination": "inhouse", "features": ["store", "background"], "highest": 4},
	] {
		asked := {"destination": case.destination, "features": case.features}
		fixtures.objects("STORE-1", object.union(asked, {"level": case.highest})) == false
		fixtures.objects("STORE-1", object.union(asked, {"level": case.highest + 1})) == true
	}
}

test_what_is_not_kept_is_none_of_its_business if {
	fixtures.objects("STORE-1", {"destination": "vendor", "level": 1, "features": ["stream"]}) == false
}

test_a_kind_without_a_ceiling_keeps_nothing if {
	fixtures.objects("STORE-1", {"destination": "odd", "features": ["store"]}) == true
}
