"""Define what the models see, once, for training and serving."""
