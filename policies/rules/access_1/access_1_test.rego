package gateway.tests.access_1

import data.gateway.fixtures

test_withdrawn_or_held_receives_nothing if {
	every access in ["revoked", "held", "", "ACTIVE"] {
		fixtures.objects("ACCESS-1", {"destination": "closed", "access": access}) == true
		fixtures.objects("ACCESS-1", {"destination": "inhouse", "access": access}) == true
	}
}

test_suspect_receives_harmless_text_only if {
	fixtures.objects("ACCESS-1", {"access": "suspect"}) == false
	fixtures.objects("ACCESS-1", {"access": "suspect", "level": 1}) == true
	fixtures.objects("ACCESS-1", {"access": "suspect", "categories": ["pii.quasi"]}) == true
}

test_suspicion_does_not_matter_in_house if {
	fixtures.objects("ACCESS-1", {"destination": "inhouse", "access": "suspect", "level": 4}) == false
}
