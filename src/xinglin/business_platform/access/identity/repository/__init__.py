"""The SQL of accounts, of credentials and of attempts."""
