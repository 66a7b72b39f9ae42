"""What holds while machines break: real processes, killed at random."""
