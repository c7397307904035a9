package gateway.tests.phi_1

import data.gateway.fixtures

test_denies_outside_without_an_agreement if {
	every name in ["closed", "lapsed", "vendor"] {
		fixtures.objects("PHI-1", {"destination": name, "categories": ["phi"]}) == true
		fixtures.objects("PHI-1", {"destination": name, "categories": ["pii.special"]}) == true
	}
}

test_an_agreement_permits_it_masked if {
	decision := fixtures.ask({"destination": "contracted", "level": 3, "categories": ["phi"]})
	decision.allow == true
	decision.mask == {"phi"}
	decision.duties == {"PHI-1"}
}

test_in_house_it_goes_as_it_is if {
	decision := fixtures.ask({"destination": "inhouse", "level": 3, "categories": ["phi", "pii.special"]})
	decision.allow == true
	decision.mask == set()
}
