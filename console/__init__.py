"""The staff door: agents, handlers, supervisors, operators and auditors at their pages, in Chinese."""
