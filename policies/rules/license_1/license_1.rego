# METADATA
# title: The weights may be used
# description: >-
#   An in-house destination that names the licence of its weights serves nothing unless somebody decided that the
#   company may use them, that decision is current, and every condition that hangs on it is met. Hosted models are
#   under the terms of their hosts, and weights of the company's own name no licence.
# scope: document
# custom:
#   id: LICENSE-1
#   legal_basis: Licence of the weights (MiniMax Community License; notice, and authorization above a yearly revenue)
#   owner: legal
package gateway.route

deny contains "LICENSE-1" if not _weights_licensed

_weights_licensed if external

_weights_licensed if {
	inhouse
	not destination.weights
}

_weights_licensed if {
	inhouse
	licence := data.limits.licenses[destination.weights]
	licence.decision == "permitted"
	is_string(licence.decided_by)
	today <= licence.valid_until
	every condition in licence.conditions {
		condition.met == true
	}
}
