"""OAuth 2.1, OpenID Connect and SMART App Launch 2: what programs may in somebody's name, or in their own."""
