"""The steps: each says in its first line what it adds, and is never changed once it has shipped."""
