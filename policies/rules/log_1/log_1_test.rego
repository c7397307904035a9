package gateway.tests.log_1

import data.gateway.fixtures

test_regulated_text_is_recorded_with_counts_only if {
	every case in [
		{"level": 0, "log_level": "full"},
		{"level": 3, "log_level": "full"},
		{"level": 4, "log_level": "minimal"},
	] {
		decision := fixtures.ask({"destination": "inhouse", "level": case.level})
		decision.log_level == case.log_level
	}
}
