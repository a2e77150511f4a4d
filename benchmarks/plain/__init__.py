"""What most people would write: a Django view, the openai client's own stream, the answer saved at the end."""
