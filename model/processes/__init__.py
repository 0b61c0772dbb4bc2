"""The processes of a step, one module each, in the order of `model.simulation.Simulation.step`."""
