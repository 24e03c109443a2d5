"""Labels of a language model: what is asked, kept, and measured against what people say."""
