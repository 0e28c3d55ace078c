"""The counter: what the assistant knows and does. Imports no web or chat framework."""
