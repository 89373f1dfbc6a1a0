"""How fast truth is written: a load of many source records, then small batches that are settled as they arrive."""
