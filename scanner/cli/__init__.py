"""The command `lmutau`: one module for each group of commands."""
