"""Behind the wall: card numbers, keys and the wire. Imported by nothing but the command that starts the safe."""
