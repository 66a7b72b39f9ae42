"""What it costs: measurements of throughput, latency and recovery, run by hand or by `./throughline bench`."""
