"""What becomes wrong with prices while nobody writes one: found by looking at all lines, once a day.

A kind of finding is a module of `mdm.radar.kinds`. It is given one table of the lines that hold now or later
(`mdm.radar.lines`) and says what it finds in a second one; `mdm.services.price_radar` keeps that and tells people.
"""

from mdm.radar.kinds import Kind, kinds

__all__ = ["Kind", "kinds"]
