package gateway.tests.mass_1

import data.gateway.fixtures

test_denies_many_people_outside if {
	every name in ["closed", "contracted", "vendor"] {
		fixtures.objects("MASS-1", {"destination": name, "persons": "mass"}) == true
	}
}

test_denies_what_is_not_counted if {
	fixtures.objects("MASS-1", {"persons": "unknown"}) == true
	fixtures.objects("MASS-1", {"persons": 3}) == true
}

test_permits_a_few_people_and_anything_in_house if {
	fixtures.objects("MASS-1", {"persons": "few"}) == false
	fixtures.objects("MASS-1", {"destination": "inhouse", "persons": "mass"}) == false
}

test_a_company_can_permit_one_person_at_a_time if {
	strict := {"mass": {"outside": ["none", "one"]}}
	"MASS-1" in fixtures.denied_under(strict, {"persons": "few"})
	fixtures.denied_under(strict, {"persons": "one"}) == set()
}
