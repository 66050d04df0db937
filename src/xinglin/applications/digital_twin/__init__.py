"""The digital twin: the hospital's processes simulated, learnt from logs, and compared with what happened."""
