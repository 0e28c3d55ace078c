"""The WeChat official account (公众号): its webhook, and what is sent to people who follow it.

`account.open_account` puts the room together; README, section 接公众号, tells how to connect an account.
"""
