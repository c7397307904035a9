package gateway.tests.unknown_1

import data.gateway.fixtures

test_what_failed_to_classify_stays_in_house if {
	every category in ["unknown", "a-category-of-tomorrow"] {
		fixtures.objects("UNKNOWN-1", {"categories": [category]}) == true
		fixtures.objects("UNKNOWN-1", {"destination": "inhouse", "categories": [category]}) == false
	}
}

test_known_categories_do_not_matter if {
	fixtures.objects("UNKNOWN-1", {"categories": ["pii.direct", "cui", "pci.sad"]}) == false
}
