package gateway.tests.decision

import data.gateway.fixtures
import data.gateway.route

test_harmless_text_may_go_anywhere if {
	every name in ["closed", "vendor", "controlled-cn", "inhouse"] {
		decision := fixtures.ask({"destination": name})
		decision.allow == true
		decision.deny == set()
		decision.mask == set()
		decision.drop == set()
		decision.duties == set()
		decision.log_level == "full"
	}
}

test_redaction_follows_the_kind_of_destination if {
	closed := fixtures.ask({"destination": "closed"})
	closed.strategies == {"EMAIL_ADDRESS": "surrogate"}
	closed.withheld_tools == ["send_mail"]
	closed.answer_drop == ["credential"]
	vendor := fixtures.ask({"destination": "vendor"})
	vendor.strategies == {}
	vendor.withheld_tools == ["*"]
}

test_a_kind_without_a_row_gets_the_strictest if {
	question := data.fixtures.question
	bounds := object.union(object.remove(data.limits, ["redaction"]), {"redaction": {}})
	decision := route.decision with input.question as question with data.limits as bounds
	decision.strategies == {}
	decision.withheld_tools == ["*"]
	decision.answer_drop == ["credential"]
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
		some field in [
			"clearance", "level", "categories", "features", "purpose", "destination", "access", "day", "persons",
		]
		less := object.remove(asked, [field])
		decision := route.decision with input.question as less
	]
	answers == [false, false, false, false, false, false, false, false, false]
}
