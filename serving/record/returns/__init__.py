"""Tell the story of one return: everything that was decided, done and learnt of it, in order."""
