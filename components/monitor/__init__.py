"""Watching what is served: live requests beside training, what people do with answers, delays, errors, ages."""
