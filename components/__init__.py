"""What we can do: the contract, the lifecycle's steps as plain functions, shared parts, one folder a system."""
