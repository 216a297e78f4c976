"""The RQ side: jobs that are rung, and the clock.

A job carries no fact.  It looks into the database for what waits, so it may be lost, repeated
or late without harm.
"""
