"""Fit, calibrate, export, measure and release the fraud model."""

from training.fraud.evaluate import evaluate_fraud
from training.fraud.train import train_fraud
from training.fraud.train_table import train_table

__all__ = ["evaluate_fraud", "train_fraud", "train_table"]
