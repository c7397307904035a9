# METADATA
# title: Card numbers only masked, and only to closed APIs in listed countries
# description: A primary account number leaves as a placeholder, to a closed API hosted and controlled in `limits.pci`.
# scope: document
# custom:
#   id: PCI-1
#   legal_basis: PCI DSS v4 requirement 3
#   owner: payments
package gateway.route

deny contains "PCI-1" if not _card_permitted

_card_permitted if count(categories & {"pci.pan"}) == 0

_card_permitted if inhouse

_card_permitted if {
	kind == "closed"
	host in data.limits.pci.countries
	control in data.limits.pci.countries
}

duties contains {"rule": "PCI-1", "act": "mask", "category": "pci.pan"} if {
	external
	"pci.pan" in categories
}
