package gateway.tests.sec_1

import data.gateway.fixtures

test_denies_every_destination_outside if {
	every name in ["closed", "contracted", "vendor", "controlled-cn"] {
		fixtures.objects("SEC-1", {"destination": name, "level": 3, "categories": ["credential"]}) == true
	}
}

test_in_house_the_credential_is_dropped if {
	decision := fixtures.ask({"destination": "inhouse", "level": 3, "categories": ["credential"]})
	decision.allow == true
	decision.drop == {"credential"}
	decision.duties == {"SEC-1"}
}

test_nothing_is_dropped_without_a_credential if {
	decision := fixtures.ask({"destination": "inhouse", "level": 3})
	decision.drop == set()
}
