package gateway.tests.cn_nil_7

import data.gateway.fixtures

_compelled := ["hosted-cn", "controlled-cn", "controlled-hk", "inhouse-cn", "expired", "unknown", "unstated"]

test_denies_anything_above_public_within_reach if {
	every name in _compelled {
		fixtures.objects("CN-NIL-7", {"destination": name, "level": 1}) == true
		fixtures.objects("CN-NIL-7", {"destination": name, "level": 4}) == true
	}
}

test_denies_any_category_within_reach if {
	every category in ["pii.quasi", "cn_personal", "source_code", "opaque"] {
		fixtures.objects("CN-NIL-7", {"destination": "controlled-cn", "categories": [category]}) == true
		fixtures.objects("CN-NIL-7", {"destination": "inhouse-cn", "categories": [category]}) == true
	}
}

test_permits_harmless_text_everywhere if {
	every name in _compelled {
		fixtures.objects("CN-NIL-7", {"destination": name}) == false
	}
}

test_permits_regulated_text_out_of_reach if {
	every name in ["closed", "vendor", "inhouse"] {
		fixtures.objects("CN-NIL-7", {"destination": name, "level": 4, "categories": ["cui"]}) == false
	}
}

_opted_in := {"compelled": {"countries": ["cn"], "internal_allowed": true}}

test_opting_in_permits_plain_internal_text if {
	fixtures.denied_under(_opted_in, {"destination": "controlled-cn", "level": 1}) == set()
}

test_opting_in_permits_nothing_else if {
	every changes in [
		{"level": 1, "categories": ["pii.quasi"]},
		{"level": 1, "categories": ["source_code"]},
		{"level": 2},
		{"level": 4},
	] {
		"CN-NIL-7" in fixtures.denied_under(_opted_in, object.union(changes, {"destination": "controlled-cn"}))
	}
}
