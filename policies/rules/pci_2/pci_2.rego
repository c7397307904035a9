# METADATA
# title: Sensitive authentication data goes nowhere
# description: Security codes, track data and PINs may not be kept or passed on after authorization, not even in-house.
# scope: document
# custom:
#   id: PCI-2
#   legal_basis: PCI DSS v4 requirement 3.3
#   owner: payments
package gateway.route

deny contains "PCI-2" if not _no_authentication_data

_no_authentication_data if count(categories & {"pci.sad"}) == 0
