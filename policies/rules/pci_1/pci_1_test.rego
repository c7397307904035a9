package gateway.tests.pci_1

import data.gateway.fixtures

test_closed_in_a_listed_country_gets_it_masked if {
	decision := fixtures.ask({"destination": "contracted", "level": 3, "categories": ["pci.pan"]})
	decision.allow == true
	decision.mask == {"pci.pan"}
	decision.duties == {"PCI-1"}
}

test_denies_other_kinds_countries_and_unknown_places if {
	every name in ["vendor", "controlled-cn", "controlled-hk", "closed-eu", "expired", "unknown", "unstated"] {
		fixtures.objects("PCI-1", {"destination": name, "categories": ["pci.pan"]}) == true
	}
}

test_in_house_it_goes_as_it_is if {
	decision := fixtures.ask({"destination": "inhouse", "level": 3, "categories": ["pci.pan"]})
	decision.allow == true
	decision.mask == set()
}
