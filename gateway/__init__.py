"""SafetyNet: a gateway between basic phones and child protection committees.

The arrow of imports: ``domain`` <- ``store`` | ``channels`` | ``bell`` <- ``steps`` <- ``wiring``
<- ``web`` | ``workers`` | ``cli``.  ``tests/house`` holds it.
"""
