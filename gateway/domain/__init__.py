"""The pure core.

LAW: values in, values out.  No clock, no chance, no I/O, no environment; of libraries only
pure ones.  Whatever the core needs to know, it is given.
"""
