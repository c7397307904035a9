package gateway.tests.fact_1

import data.gateway.fixtures

test_denies_above_public_when_a_fact_is_unknown_or_expired if {
	every name in ["expired", "expired-operator", "unknown"] {
		fixtures.objects("FACT-1", {"destination": name, "level": 1}) == true
		fixtures.objects("FACT-1", {"destination": name, "categories": ["pii.quasi"]}) == true
	}
}

test_public_text_does_not_need_facts if {
	every name in ["expired", "expired-operator", "unknown"] {
		fixtures.objects("FACT-1", {"destination": name}) == false
	}
}

test_a_fact_is_good_until_its_review_day if {
	fixtures.objects("FACT-1", {"level": 1, "day": "2027-01-01"}) == false
	fixtures.objects("FACT-1", {"level": 1, "day": "2027-01-02"}) == true
}

test_the_company_vouches_for_its_own_house if {
	fixtures.objects("FACT-1", {"destination": "inhouse", "level": 4, "day": "2030-01-01"}) == false
}
