"""Settings of all tests: a loaded machine is no failure, so property tests have no deadline."""

from hypothesis import HealthCheck, settings

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
