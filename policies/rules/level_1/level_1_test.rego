package gateway.tests.level_1

import data.gateway.fixtures

test_ceilings if {
	every case in [
		{"destination": "closed", "highest": 2},
		{"destination": "contracted", "highest": 3},
		{"destination": "lapsed", "highest": 2},
		{"destination": "vendor", "highest": 1},
		{"destination": "inhouse", "highest": 4},
	] {
		fixtures.objects("LEVEL-1", {"destination": case.destination, "level": case.highest}) == false
		fixtures.objects("LEVEL-1", {"destination": case.destination, "level": case.highest + 1}) == true
	}
}

test_no_agreement_lifts_regulated_text_out if {
	generous := {"agreements": {"closed": {"ceiling": "regulated", "covers": [], "valid_until": "2027-01-01"}}}
	"LEVEL-1" in fixtures.denied_under(generous, {"level": 4})
}
