"""What runs inside the Rasa process: the loopback channel and the NLU components."""
