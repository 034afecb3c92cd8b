import type { Position } from '@shop/event-store';
import { Gauge, type Registry } from 'prom-client';
import { positionNumber, type ProjectionStatus } from './operations.js';

const labelNames = ['projection', 'generation'] as const;

/** What an operator watches: where each read model is, how far behind, and what waits. Read when asked for, never on an event's way. */
export const projectionMetrics = (
  registry: Registry,
  status: () => readonly ProjectionStatus[],
  head: () => Position | undefined,
): void => {
  const gauge = (name: string, help: string, valueOf: (one: ProjectionStatus) => number) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const one of status()) this.set({ projection: one.projection, generation: `${one.version}.${one.generation}` }, valueOf(one));
      },
    });
  gauge('projection_position', 'Position up to which every event is applied, parked or skipped', ({ position }) =>
    positionNumber(position),
  );
  gauge('projection_lag_events', 'Events of the log that the read model has not passed yet', ({ eventsBehind }) => eventsBehind);
  gauge('projection_lag_positions', 'Distance in positions from the end of the log', ({ position }) =>
    Math.max(0, positionNumber(head() ?? position) - positionNumber(position)),
  );
  gauge('projection_parked_streams', 'Streams that wait behind an event which cannot be applied', ({ parked }) => parked.length);
  gauge('projection_stopped', '1 where the read model has stopped at an event', ({ state }) => (state === 'stopped' ? 1 : 0));
  gauge('projection_serving', '1 where readers follow this generation', ({ serving }) => (serving ? 1 : 0));
};
