"""The chat door: one thin file per capability. Each turns a talk into a call of the desk and back."""
