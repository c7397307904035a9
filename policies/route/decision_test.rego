package gateway.tests.decision

import data.gateway.fixtures
import data.gateway.route

test_harmless_text_may_go_anywhere if {
	every name in ["closed", "vendor", "controlled-cn", "inhouse"] {
		decision := fixtures.ask({"destination": name})
		decision == {
			"allow": true,
			"deny": set(),
			"mask": set(),
			"drop": set(),
			"duties": set(),
			"log_level": "full",
		}
	}
}

test_no_question_no_permission if {
	decision := route.decision with input.question as {}
	decision.allow == false
	count(decision.deny) > 10
}

test_several_rules_speak_at_once if {
	decision := fixtures.ask({"destination": "controlled-cn", "level": 3, "clearance": 2, "categories": ["phi"]})
	decision.allow == false
	decision.deny == {"CLEAR-1", "CN-NIL-7", "LEVEL-1", "PHI-1"}
}

test_absence_never_widens if {
	worst := {"level": 3, "clearance": 1, "categories": ["phi"], "features": ["images"]}
	asked := object.union(data.fixtures.question, worst)
	answers := [decision.allow |
		some field in ["clearance", "level", "categories", "features", "purpose", "destination", "access", "day"]
		less := object.remove(asked, [field])
		decision := route.decision with input.question as less
	]
	answers == [false, false, false, false, false, false, false, false]
}
