package gateway.tests.trade_1

import data.gateway.fixtures

test_stays_in_house if {
	every name in ["closed", "lapsed", "vendor"] {
		fixtures.objects("TRADE-1", {"destination": name, "categories": ["trade_secret"]}) == true
		fixtures.objects("TRADE-1", {"destination": name, "categories": ["legal_privilege"]}) == true
	}
}

test_an_agreement_covers_only_what_it_names if {
	fixtures.objects("TRADE-1", {"destination": "contracted", "categories": ["legal_privilege"]}) == false
	fixtures.objects("TRADE-1", {"destination": "contracted", "categories": ["trade_secret"]}) == true
}

test_permits_in_house if {
	fixtures.objects("TRADE-1", {"destination": "inhouse", "categories": ["trade_secret", "legal_privilege"]}) == false
}
