"""HTTP in, HTTP out.

LAW: no decisions.  A view guards (size, form, proof), calls one step, and answers.
"""
