"""The public door: takes messages from the web page and WeChat, keeps them, and answers."""
