"""What a treatment does to each person, learned from a randomised test, and told from noise."""
