"""Forced displacement: people who flee a conflict to camps, day by day (ODD section 8)."""
