"""The command `lmutau`: one module for each group of commands.

They declare arguments and options; what a command needs is imported when it runs, so that `--help` takes no time.
"""
