import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { EventStoreUnavailableError } from '@shop/event-store';
import { MissingRightError } from '@shop/event-store/eventstoredb';
import type { Readiness } from '@shop/http';
import { pino } from 'pino';
import { watchRights, withRights } from './rights.js';

const ready: Readiness = { status: 'ready', checks: { eventStore: 'up', readStore: 'up' }, parked: [] };

describe('the rights of the event store’s user', () => {
  const watched = (answers: readonly (Error | undefined)[]) => {
    const clock = manualClock();
    const said: string[] = [];
    const logger = pino({ base: null }, { write: (line: string) => void said.push(line) });
    let asked = 0;
    const check = async () => {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      if (answer) throw answer;
    };
    const rights = watchRights(check, { clock, random: () => 1, logger });
    return { clock, rights, said, asked: () => asked, readiness: withRights(async () => ready, rights) };
  };
  const missing = new MissingRightError('the user may not read $all');

  it('that are missing are named, once, and the service is not ready until they are granted', async () => {
    const { clock, rights, said, readiness } = watched([missing, missing, undefined]);
    await clock.advance(0);
    expect(await readiness()).toEqual({ ...ready, status: 'not_ready', checks: { eventStore: 'missing right', readStore: 'up' } });
    await clock.advance(500);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/"alarm":"missing-right".*the user may not read \$all/);
    await clock.advance(1_000);
    expect(rights.missing()).toBeUndefined();
    expect(await readiness()).toEqual(ready);
  });

  it('are not judged while the server does not answer, which is said with its reason', async () => {
    const { clock, said, readiness } = watched([new EventStoreUnavailableError('self-signed certificate')]);
    await clock.advance(0);
    expect(await readiness()).toEqual(ready);
    expect(said.join()).toMatch(/self-signed certificate/);
  });

  it('are asked for no more once they are there, or when it stops', async () => {
    const held = watched([undefined]);
    const stopped = watched([missing]);
    stopped.rights.stop();
    for (const { clock } of [held, stopped]) await clock.advance(60_000);
    expect([held.asked(), stopped.asked()]).toEqual([1, 1]);
  });
});
