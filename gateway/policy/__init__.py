"""May this destination receive this? Policy as code: a question in, a verdict out.

`question` is the input document, `bundle` what is in force, `preflight` what a bundle must pass, `embedded` the engine,
`cache` what makes it cheap, `decide` the port, `check` what the commands show.
"""
