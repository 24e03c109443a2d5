"""Messages to people: by e-mail, by Web Push and on the page, each handed over once or not at all."""
