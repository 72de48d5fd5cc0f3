"""Explain leaves of boosted trees: their paths, which splits a row meets, and their SHAP values."""
