"""The processes of a step, one module each, in the order of `corridor.model.simulation.Simulation.step`."""
