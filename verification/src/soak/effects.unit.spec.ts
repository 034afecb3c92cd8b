import { describe, expect, it } from '@jest/globals';
import type { HistoryLine } from '@shop/audit';
import { toPosition, type RecordedEvent } from '@shop/event-store';
import { indexLog } from '../history/log-index.js';
import { compareEffects, failedByStop } from './effects.js';

const charged = (revision: number, request: string): RecordedEvent => ({
  stream: 'wallet-ann',
  revision,
  position: toPosition(revision + 1),
  id: `event-${revision}`,
  type: 'WalletCharged',
  data: {
    userId: 'ann',
    chargeId: `charge-${revision}`,
    requestHash: '0'.repeat(64),
    amount: 5,
    balance: 5 * (revision + 1),
    occurredAt: '2026-01-05T03:04:05.678Z',
  },
  metadata: { version: 1, correlationId: request, causationId: request },
});
const asked = (requestId: string, key: string, status: number | null): HistoryLine => ({
  begin: 10,
  end: status === null ? null : 20,
  method: 'POST',
  path: '/balance/charge',
  userId: 'ann',
  requestId,
  key,
  body: { userId: 'ann', amount: 5 },
  consistency: 'strong',
  status,
  answer: {},
});
const compare = async (history: readonly HistoryLine[], ...requests: readonly string[]) => {
  const pages = async function* () {
    yield requests.map((request, revision) => charged(revision, request));
  };
  return compareEffects(history, await indexLog(pages()));
};

describe('what was acknowledged, against the log', () => {
  it('is there once, whichever try did it', async () => {
    const report = await compare([asked('r1', 'k', null), asked('r2', 'k', 200), asked('r3', 'k', 200)], 'r1');
    expect(report).toMatchObject({ commands: 1, acknowledged: 1, unknown: 0, findings: [] });
  });

  it('is named where it is lost, and where it is there twice', async () => {
    expect((await compare([asked('r1', 'k', 200)])).findings).toEqual(['charge k of ann: acknowledged, but 0 times in the log']);
    expect((await compare([asked('r1', 'k', null), asked('r2', 'k', 200)], 'r1', 'r2')).findings).toEqual([
      'charge k of ann: acknowledged, but 2 times in the log',
    ]);
  });

  it('of what nobody knows there may be one effect, and no more', async () => {
    expect(await compare([asked('r1', 'k', 503)], 'r1')).toMatchObject({ unknown: 1, unknownButThere: 1, findings: [] });
    expect(await compare([asked('r1', 'k', null)])).toMatchObject({ unknown: 1, unknownButThere: 0, findings: [] });
    expect((await compare([asked('r1', 'k', null), asked('r2', 'k', null)], 'r1', 'r2')).findings).toHaveLength(1);
  });

  it('of what was refused there is none', async () => {
    expect(await compare([asked('r1', 'k', 409)])).toMatchObject({ refused: 1, findings: [] });
    expect((await compare([asked('r1', 'k', 409)], 'r1')).findings).toEqual(['charge k of ann: refused, but 1 times in the log']);
  });
});

describe('a stop in order', () => {
  it('is to blame for a 5xx to what was in flight, and for no other', () => {
    const at = (status: number) => asked('r1', 'k', status);
    expect(failedByStop([at(503)], [15])).toEqual([expect.stringContaining('was in flight at a SIGTERM and got 503')]);
    expect(failedByStop([at(503)], [5, 25])).toEqual([]);
    const lagging = { ...at(503), answer: { code: 'READ_MODEL_LAGGING' } };
    expect([failedByStop([lagging], [15]), failedByStop([lagging], [15], ['READ_MODEL_LAGGING'])]).toEqual([[expect.any(String)], []]);
    expect(failedByStop([at(200), asked('r2', 'k', null)], [15])).toEqual([]);
  });
});
