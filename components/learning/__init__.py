"""What trainings share: the loop, losses, augmentation, decoded picture cache."""
