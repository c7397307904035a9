"""Block selection and attention for a few new tokens a request, with grids that do not depend on lengths."""
