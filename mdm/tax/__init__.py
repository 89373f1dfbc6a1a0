"""Taxes as pure calculations: jurisdictions, who is exempt where and when, what a verification says. No clock."""
