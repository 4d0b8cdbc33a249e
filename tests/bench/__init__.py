"""What the line costs: speed by stage, start-up, memory. `python -m tests.bench` prints one table from one run."""
