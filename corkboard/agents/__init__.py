"""Corkboard for agents: its readings and actions as tools of the Model Context Protocol."""
