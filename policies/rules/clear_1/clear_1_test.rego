package gateway.tests.clear_1

import data.gateway.fixtures

test_denies_below_the_level_even_in_house if {
	every name in ["closed", "inhouse"] {
		fixtures.objects("CLEAR-1", {"destination": name, "level": 2, "clearance": 1}) == true
	}
}

test_permits_at_and_above_the_level if {
	every clearance in [2, 3, 4] {
		fixtures.objects("CLEAR-1", {"level": 2, "clearance": clearance}) == false
	}
}

test_a_clearance_that_is_no_number_clears_nothing if {
	fixtures.objects("CLEAR-1", {"clearance": "4"}) == true
}
