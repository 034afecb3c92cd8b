import { backOff, type Clock, type Random } from '@shop/clock';
import { EventStoreUnavailableError, type EventStore } from '@shop/event-store';

const retry = { firstMs: 100, mostMs: 5_000 };
const mostFailures = 10;

/**
 * The log for whoever reads all of it and would have to begin again otherwise: where the store cannot be read for a while, it goes on from the
 * last page. @throws EventStoreUnavailableError after ten failures in a row
 */
export const patientReading = (
  { readAll }: Pick<EventStore, 'readAll'>,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): EventStore['readAll'] =>
  async function* (after) {
    let last = after;
    for (let failures = 0; ;) {
      try {
        for await (const page of readAll(last)) {
          yield page;
          last = page.at(-1)?.position ?? last;
          failures = 0;
        }
        return;
      } catch (error) {
        failures += 1;
        if (!(error instanceof EventStoreUnavailableError) || failures > mostFailures) throw error;
        await clock.sleep(backOff(random, failures - 1, retry));
      }
    }
  };
