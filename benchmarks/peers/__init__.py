"""Other tools on the same records, tuned as those who know them would. Each runs in a process of its own."""
