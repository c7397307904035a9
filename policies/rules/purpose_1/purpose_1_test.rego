package gateway.tests.purpose_1

import data.gateway.fixtures

test_permits_the_kinds_of_the_purpose if {
	every case in [
		{"purpose": "general", "destination": "closed", "denied": false},
		{"purpose": "general", "destination": "vendor", "denied": false},
		{"purpose": "clinical", "destination": "closed", "denied": true},
		{"purpose": "clinical", "destination": "inhouse", "denied": false},
	] {
		fixtures.objects("PURPOSE-1", {"purpose": case.purpose, "destination": case.destination}) == case.denied
	}
}

test_a_purpose_that_is_not_listed_stays_in_house if {
	fixtures.objects("PURPOSE-1", {"purpose": "surprise"}) == true
	fixtures.objects("PURPOSE-1", {"purpose": "surprise", "destination": "inhouse"}) == false
}
