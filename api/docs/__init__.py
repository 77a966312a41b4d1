"""The pages for a shop's engineer, below /docs: guides in both languages, and a reference made from the description."""
