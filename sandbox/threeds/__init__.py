"""A directory server and an issuer (ACS), which speak EMV 3-D Secure 2.2.0 in its real message fields."""
