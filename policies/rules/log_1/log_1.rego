# METADATA
# title: How much the record holds
# description: Regulated text is recorded with counts only; everything else with the kind and place of each finding.
# scope: document
# custom:
#   id: LOG-1
#   legal_basis: GDPR Art. 5(1)(c); 32 CFR 2002
#   owner: security
package gateway.route

default log_level := "minimal"

log_level := "full" if level < data.limits.ranks.regulated
