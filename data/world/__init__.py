"""The world: a seeded simulator that renders garments, home objects and whole scenes, with the truth known.

It is never reported as a result on real data. The processes that render import this package alone: it needs neither
pandas nor pydantic.
"""
