package gateway.tests.dest_1

import data.gateway.fixtures

test_denies_what_is_not_in_the_catalogue if {
	fixtures.objects("DEST-1", {"destination": "elsewhere"}) == true
}

test_denies_a_kind_nobody_knows if {
	fixtures.objects("DEST-1", {"destination": "odd"}) == true
}

test_permits_every_kind if {
	every name in ["closed", "vendor", "inhouse"] {
		fixtures.objects("DEST-1", {"destination": name}) == false
	}
}
