"""What lies past one machine: several web processes, a replica, a pooler, workers of the bulk engine elsewhere."""
