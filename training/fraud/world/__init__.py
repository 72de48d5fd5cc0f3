"""Turn simulated worlds into rows to learn from and to measure on."""
