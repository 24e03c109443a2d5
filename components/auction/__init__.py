"""Auctions of the slots of a page, and how budgets are spent over the day. Money is in whole numbers."""
