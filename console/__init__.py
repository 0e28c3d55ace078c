"""The staff door: what agents, districts, supervisors and operators see and do, on a port of its own."""
