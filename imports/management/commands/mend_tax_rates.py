"""The former name of `repair_tax_rates`: scripts may still call it."""

from imports.management.commands.repair_tax_rates import Command

__all__ = ["Command"]
