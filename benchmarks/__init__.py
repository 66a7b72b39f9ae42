"""What it costs: throughput, latency, CPU, steps and recovery. `./throughline bench` runs it."""
