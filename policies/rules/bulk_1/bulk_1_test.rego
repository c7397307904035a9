package gateway.tests.bulk_1

import data.gateway.fixtures

_low := ["financial.0", "health.50", "identifier.80"]

test_denies_a_reached_threshold_within_reach if {
	every name in ["hosted-cn", "controlled-cn", "controlled-hk", "expired", "unstated"] {
		fixtures.objects("BULK-1", {"destination": name, "bulk": ["financial.0", "health.100", "identifier.0"]}) == true
	}
}

test_denies_what_nobody_counted if {
	fixtures.objects("BULK-1", {"destination": "controlled-cn", "bulk": []}) == true
	fixtures.objects("BULK-1", {"destination": "controlled-cn", "bulk": ["financial.0", "health.0"]}) == true
	fixtures.objects("BULK-1", {
		"destination": "controlled-cn",
		"bulk": ["financial.0", "health.0", "identifier.unknown"],
	}) == true
}

test_permits_what_is_under_every_threshold if {
	fixtures.objects("BULK-1", {"destination": "controlled-cn", "bulk": _low}) == false
}

test_permits_out_of_reach_and_in_house if {
	every name in ["closed", "contracted", "vendor", "inhouse", "inhouse-cn"] {
		fixtures.objects("BULK-1", {"destination": name, "bulk": []}) == false
	}
}
