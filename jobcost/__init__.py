"""The pure core: what a budget, a plan, an acceptance and a verification are. No I/O, no clock, no chance."""
