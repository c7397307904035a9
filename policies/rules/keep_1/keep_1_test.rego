package gateway.tests.keep_1

import data.gateway.fixtures

test_denies_above_public_where_inputs_are_kept_or_trained_on if {
	every name in ["trainer", "hoarder"] {
		fixtures.objects("KEEP-1", {"destination": name, "level": 1}) == true
		fixtures.objects("KEEP-1", {"destination": name}) == false
	}
}

test_permits_where_inputs_are_forgotten if {
	every name in ["closed", "inhouse"] {
		fixtures.objects("KEEP-1", {"destination": name, "level": 2}) == false
	}
}

test_a_statement_past_its_review_counts_for_nothing if {
	fixtures.objects("KEEP-1", {"level": 1, "day": "2027-01-02"}) == true
}
