"""What committee members and staff steer by SMS.

``verbs`` reads a text, ``guard`` proves its sender, ``desk`` says what has to be known and what
follows, ``acts`` are the changes that the steps carry out, ``lines`` puts cases into few letters,
and ``asked`` are the answers to an alert.
"""
