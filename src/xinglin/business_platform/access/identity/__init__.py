"""Who somebody is: accounts, what they may, and by what they prove themselves."""
