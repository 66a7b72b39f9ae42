"""What is said: messages, states, names, failure codes and ports. Everything else depends on this room."""
