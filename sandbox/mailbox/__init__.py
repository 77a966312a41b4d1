"""The mailbox: takes in all mail that the instance sends, and shows it to whoever tries the product."""
