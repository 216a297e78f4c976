"""USSD: the menu, the machine that walks it, and what its answers say.

As the rest of the core: values in, values out.
"""
