"""Language models: one client for any OpenAI-compatible endpoint, an embedded model, prompts as versioned files."""
