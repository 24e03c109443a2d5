"""How it answers: BentoML services, packaging, smoke tests."""
