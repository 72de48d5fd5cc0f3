"""Fit boosted trees and export them exactly."""
