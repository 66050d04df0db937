"""Other people's protocols, strangers to one another."""
