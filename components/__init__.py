"""Systems and their lifecycle: the contract, the steps as plain functions, shared parts, one folder per system."""
