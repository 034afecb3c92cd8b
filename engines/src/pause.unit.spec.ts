import { describe, expect, it } from '@jest/globals';
import { pause } from './pause.js';

const tooBusy = new Error(
  '(HTTP code 500) server error - Cannot pause container 6df6: OCI runtime pause failed: unable to freeze: unknown',
);

/** Answers its pauses with these, in their order, and is paused then. */
const containerThatSays = (...errors: readonly Error[]) => {
  const asked = { times: 0 };
  const container = {
    pause: () => {
      const error = errors[asked.times];
      asked.times += 1;
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
  };
  return { container, asked };
};
const atOnce = () => Promise.resolve();

describe('Pausing a container', () => {
  it('asks again while it is too busy to be frozen', async () => {
    const { container, asked } = containerThatSays(tooBusy, tooBusy);
    await pause(container, atOnce);
    expect(asked.times).toBe(3);
  });

  it('tells any other refusal at once', async () => {
    const { container, asked } = containerThatSays(tooBusy, new Error('No such container: 6df6'));
    await expect(pause(container, atOnce)).rejects.toThrow('No such container');
    expect(asked.times).toBe(2);
  });

  it('gives up one that is never still, with what the engine said', async () => {
    const { container, asked } = containerThatSays(...Array.from({ length: 1_000 }, () => tooBusy));
    await expect(pause(container, atOnce)).rejects.toThrow('unable to freeze');
    expect(asked.times).toBe(50);
  });
});
