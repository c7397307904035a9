package gateway.tests.pci_2

import data.gateway.fixtures

test_goes_nowhere if {
	every name in ["closed", "contracted", "vendor", "inhouse"] {
		fixtures.objects("PCI-2", {"destination": name, "categories": ["pci.sad"]}) == true
	}
}

test_other_categories_do_not_matter if {
	fixtures.objects("PCI-2", {"categories": ["pci.pan", "phi"]}) == false
}
