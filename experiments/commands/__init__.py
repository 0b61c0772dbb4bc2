"""The subcommands of ``corridor``: one module each, with a `Command` named ``COMMAND``."""
