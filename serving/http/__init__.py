"""The HTTP side of the service: limits, forms, answers and problem documents; it only wires the rooms."""
