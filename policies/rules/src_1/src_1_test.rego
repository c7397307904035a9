package gateway.tests.src_1

import data.gateway.fixtures

test_permits_closed_and_in_house_in_listed_countries if {
	every name in ["closed", "contracted", "inhouse"] {
		fixtures.objects("SRC-1", {"destination": name, "level": 2, "categories": ["source_code"]}) == false
	}
}

test_denies_vendors_other_countries_and_unknown_places if {
	every name in ["vendor", "controlled-cn", "controlled-hk", "closed-eu", "expired", "unstated"] {
		fixtures.objects("SRC-1", {"destination": name, "level": 2, "categories": ["source_code"]}) == true
	}
}

test_a_company_can_keep_code_in_house if {
	strict := {"source_code": {"kinds": [], "countries": ["us"]}}
	"SRC-1" in fixtures.denied_under(strict, {"level": 2, "categories": ["source_code"]})
	fixtures.denied_under(strict, {"destination": "inhouse", "level": 2, "categories": ["source_code"]}) == set()
}
