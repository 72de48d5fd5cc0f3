"""Recall what our own record knew of a return at the moment of its decision, and merge it with what was sent.

Nothing here knows a database: whoever holds earlier decisions - the record, or a replay of the same events -
brings them in, and gets the same memory to the last bit.
"""
