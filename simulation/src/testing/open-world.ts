import { seededRandom } from '@shop/clock';
import { simulation, type Simulation } from '../core/simulation.js';
import { openFaults, type Fault, type Faults } from '../faults/faults.js';

export type OpenWorld = {
  readonly sim: Simulation;
  readonly faults: Faults;
  readonly close: () => void;
};

/** A simulation that goes on by itself whenever somebody in it can, for callers from outside of it. */
export const openWorld = ({ seed = 1, on = [] }: { readonly seed?: number; readonly on?: readonly Fault[] } = {}): OpenWorld => {
  const random = seededRandom(seed);
  const sim = simulation({ random, impatience: 0, mostChoices: Infinity });
  const faults = openFaults(new Set(on), random, sim.trace.remark);
  let closed = false;
  const pump = async (): Promise<void> => {
    while (!closed) {
      await new Promise((resolve) => setImmediate(resolve).unref()); // keeps no test alive
      if (sim.canGoOn()) await sim.run(() => !sim.canGoOn());
    }
  };
  sim.start(pump());
  return {
    sim,
    faults,
    close: () => {
      closed = true;
    },
  };
};
