package gateway.tests.pipl_1

import data.gateway.fixtures

test_stays_in_house if {
	every name in ["closed", "vendor", "controlled-cn"] {
		fixtures.objects("PIPL-1", {"destination": name, "categories": ["cn_personal"]}) == true
	}
}

test_permits_in_house_and_where_a_contract_is_filed if {
	every name in ["inhouse", "contracted"] {
		fixtures.objects("PIPL-1", {"destination": name, "categories": ["cn_personal"]}) == false
	}
}
