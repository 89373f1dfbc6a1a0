"""Rules become true: pairs made beside what is in force, then components regrouped one by one, each in one transaction.

A record's neighbors are never judged by other rules than itself, so nothing is divided on the way that belongs together
at the end. Whoever touches a component that has yet to be regrouped brings it along first.
"""
