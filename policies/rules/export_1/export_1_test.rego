package gateway.tests.export_1

import data.gateway.fixtures

test_denies_outside if {
	every name in ["closed", "contracted", "vendor"] {
		fixtures.objects("EXPORT-1", {"destination": name, "categories": ["export_control"]}) == true
		fixtures.objects("EXPORT-1", {"destination": name, "categories": ["cui"]}) == true
	}
}

test_in_house_only_for_listed_classes_on_listed_sites if {
	every case in [
		{"destination": "inhouse", "class": "employee", "denied": false},
		{"destination": "inhouse", "class": "contractor", "denied": true},
		{"destination": "inhouse", "class": "service", "denied": true},
		{"destination": "inhouse-eu", "class": "employee", "denied": true},
		{"destination": "inhouse-cn", "class": "employee", "denied": true},
	] {
		changes := {"destination": case.destination, "principal_class": case["class"], "categories": ["cui"]}
		fixtures.objects("EXPORT-1", changes) == case.denied
	}
}
