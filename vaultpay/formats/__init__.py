"""How readers of each language write days and times, wherever Django writes them: mails and the staff's pages."""
