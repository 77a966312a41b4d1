"""The wire to the card network: ISO 8583 (1987) in ASCII, two bytes of length before each message (facts 3)."""
