"""The conversation, in two processes: the gateway (never imports rasa) and Rasa itself."""
