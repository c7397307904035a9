package gateway.tests.pii_1

import data.gateway.fixtures

test_each_personal_category_is_masked_outside if {
	every category in ["pii.direct", "pii.quasi", "gov_id", "cn_personal"] {
		decision := fixtures.ask({"destination": "contracted", "level": 2, "categories": [category]})
		decision.allow == true
		decision.mask == {category}
		decision.duties == {"PII-1"}
	}
}

test_in_house_nothing_is_masked if {
	decision := fixtures.ask({"destination": "inhouse", "level": 2, "categories": ["pii.direct", "gov_id"]})
	decision.mask == set()
}

test_only_what_was_found_is_masked if {
	decision := fixtures.ask({"level": 2, "categories": ["pii.direct", "source_code"]})
	decision.mask == {"pii.direct"}
}
