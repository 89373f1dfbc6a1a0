"""Invented customers in any number, with their true pairs, to measure speed and memory on.

People and companies of seven countries as four systems would know them. What is hard: misspelled and swapped names,
nicknames, initials, slips in dates, moves, other phones and e-mails, half the fields empty; and, not the same although
alike: households, twins, fathers and sons, namesakes, branches, sister companies in one house.
"""
