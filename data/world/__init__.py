"""Simulate a world of returns with known truth: the people, what they do, and what is seen of it."""

from data.world.block import Block
from data.world.settings import WorldSettings
from data.world.simulation import simulate
from data.world.written.world_files import write_world

__all__ = ["Block", "WorldSettings", "simulate", "write_world"]
