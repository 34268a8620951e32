"""What `tests/bench/run` is made of: servers, peers, and the rows of the table."""
