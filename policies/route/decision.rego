# METADATA
# title: May this destination receive this?
# description: >-
#   The one answer. Denied unless the destination is known and no rule of the package objects. Every rule is a file in
#   `rules/`, adds its id to `deny` and is written as "deny unless shown harmless".
# scope: package
# entrypoint: true
package gateway.route

default allow := false

allow if {
	destination
	count(deny) == 0
}

decision := {
	"allow": allow,
	"deny": deny,
	"mask": {duty.category | some duty in duties; duty.act == "mask"},
	"drop": {duty.category | some duty in duties; duty.act == "drop"},
	"duties": {duty.rule | some duty in duties},
	"log_level": log_level,
	"strategies": strategies,
	"withheld_tools": withheld_tools,
	"answer_drop": answer_drop,
}
