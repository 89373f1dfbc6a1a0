"""Mapping between a system's own records and canonical values, declared as data and usable both ways."""
