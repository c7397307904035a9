# METADATA
# title: How values are masked, and what an answer may do
# description: >-
#   By kind of destination: the way each type of finding is written, the tools into whose arguments nothing is restored,
#   and the categories an answer may not show. A kind without a row gets placeholders, restores into no tool and drops
#   credentials.
# scope: package
package gateway.route

default strategies := {}

strategies := data.limits.redaction[kind].strategies

default withheld_tools := ["*"]

withheld_tools := data.limits.redaction[kind].withheld_tools

default answer_drop := ["credential"]

answer_drop := data.limits.redaction[kind].answer_drop
