import { describe, expect, it } from '@jest/globals';
import { noStream } from '@shop/event-store';
import { chargeBalance, Problem, type Route, type RouteRequest } from '@shop/http';
import { answeringOn, type FootedHandler } from './answering.js';
import { storeOnFailingDisk } from './testing/failing-disk.js';
import { ground, type Footing } from './writing/ground.js';

const event = (id: string) => ({ id, type: 'Noted', data: {}, metadata: { version: 1, correlationId: 'r', causationId: 'c' } });
const request: RouteRequest<Route> = {
  params: {},
  query: {},
  body: {},
  userId: 'mina',
  anyUser: false,
  actor: 'mina',
  caller: 'mina',
  consistency: { level: 'strong' },
  requestId: 'request-1',
  receivedAt: new Date(0),
  deadline: Infinity,
  signal: new AbortController().signal,
};

const opened = () => {
  const { staging, lose } = storeOnFailingDisk();
  const stood = ground(staging);
  const stage = (stream: string, footing: Footing | undefined) => {
    const staged = staging.stage(stream, noStream, [event(stream)]);
    if (!staged) throw new Error('the store stages nothing');
    if (footing) footing.wroteIn ??= staged.batch;
  };
  const asked = (handler: FootedHandler<typeof chargeBalance>) => {
    const state = { over: false };
    const { handle } = answeringOn(stood)(chargeBalance, handler);
    const answer = handle(request).finally(() => (state.over = true));
    return { answer, state };
  };
  return { staging, lose, stage, asked };
};
const code = async (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    () => 'answered',
    (fault: unknown) => (fault instanceof Problem ? fault.code : fault),
  );

describe('An answer of the command side', () => {
  it('waits until what its handler wrote is on disk', async () => {
    const { staging, stage, asked } = opened();
    let onDisk = false;
    const { answer } = asked((_, footing) => {
      stage('wallet-1', footing);
      void staging.settled()?.then(() => (onDisk = true));
      return { token: staging.head() };
    });
    expect(await answer).toMatchObject({ token: staging.head() });
    expect(onDisk).toBe(true);
  });

  it('waits for what others staged before it, as a refusal may rest on that', async () => {
    const { staging, stage, asked } = opened();
    stage('product-1', undefined);
    const refused = asked(() => {
      throw new Problem('INSUFFICIENT_STOCK');
    });
    await Promise.resolve();
    expect(refused.state.over).toBe(false);
    expect(await code(refused.answer)).toBe('INSUFFICIENT_STOCK');
    expect(staging.settled()).toBeUndefined();
  });

  it('says that nothing happened where all that it wrote was lost', async () => {
    const { lose, stage, asked } = opened();
    const { answer } = asked((_, footing) => {
      stage('wallet-1', footing);
      return {};
    });
    await lose();
    expect(await code(answer)).toBe('EVENT_STORE_UNAVAILABLE');
  });

  it('takes back a refusal that rested on what was lost', async () => {
    const { lose, stage, asked } = opened();
    stage('product-1', undefined);
    const { answer } = asked(() => {
      throw new Problem('INSUFFICIENT_STOCK');
    });
    await lose();
    expect(await code(answer)).toBe('EVENT_STORE_UNAVAILABLE');
  });

  it('does not know what happened where only the end of its work was lost', async () => {
    const { staging, lose, stage, asked } = opened();
    const { answer } = asked(async (_, footing) => {
      stage('wallet-1', footing);
      await staging.settled();
      stage('cart-1', footing);
      return {};
    });
    await staging.settled();
    await lose();
    expect(await code(answer)).toBe('OUTCOME_UNKNOWN');
  });

  it('leaves the outcome open where its handler does, whatever was lost besides', async () => {
    const { lose, stage, asked } = opened();
    stage('product-1', undefined);
    const { answer } = asked(() => {
      throw new Problem('OUTCOME_UNKNOWN');
    });
    await lose();
    expect(await code(answer)).toBe('OUTCOME_UNKNOWN');
  });

  it('does not wait for anything where nothing is staged', async () => {
    const { answer } = opened().asked(() => ({}));
    expect(await answer).toEqual({});
  });
});
