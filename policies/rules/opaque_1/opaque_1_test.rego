package gateway.tests.opaque_1

import data.gateway.fixtures

test_stays_in_house if {
	every case in [
		{"destination": "closed", "denied": true},
		{"destination": "contracted", "denied": true},
		{"destination": "vendor", "denied": true},
		{"destination": "inhouse", "denied": false},
	] {
		fixtures.objects("OPAQUE-1", {"destination": case.destination, "categories": ["opaque"]}) == case.denied
	}
}
