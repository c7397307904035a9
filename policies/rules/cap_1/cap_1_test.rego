package gateway.tests.cap_1

import data.gateway.fixtures

test_denies_what_the_destination_cannot_do if {
	every features in [["images"], ["stream", "documents"], ["tools", "thinking"]] {
		fixtures.objects("CAP-1", {"features": features}) == true
	}
}

test_permits_what_it_can if {
	every features in [[], ["stream"], ["stream", "tools"]] {
		fixtures.objects("CAP-1", {"features": features}) == false
	}
}
