"""Score returns for fraud, with reasons."""
