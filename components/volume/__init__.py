"""A weekly volume of messages, spent where it gains most: one exact choice for everybody, and when each is sent."""
