# METADATA
# title: Credentials leave the company nowhere
# description: Text with a credential stays in-house, and the credential itself is dropped there too.
# scope: document
# custom:
#   id: SEC-1
#   legal_basis: NIST SP 800-53 IA-5; company rule
#   owner: security
package gateway.route

deny contains "SEC-1" if not _credential_safe

_credential_safe if count(categories & {"credential"}) == 0

_credential_safe if inhouse

duties contains {"rule": "SEC-1", "act": "drop", "category": "credential"} if "credential" in categories
