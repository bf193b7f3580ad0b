"""Messages (消息): who is to know of what, told once, by inbox, e-mail and webhook."""
