"""The only SQL, and the only place where personal data is sealed and opened.

LAW: imports of the house only ``domain``.  Claims and de-duplication are single atomic
statements.  A transaction that writes takes SQLite's write lock at its beginning.
"""
