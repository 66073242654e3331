"""How a digest reaches somebody: one small module per channel, behind one interface."""
