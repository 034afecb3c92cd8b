import type { Waiting } from './simulation.js';

export type Trace = {
  readonly note: (chosen: Pick<Waiting, 'who' | 'point' | 'about'>, now: number, among: number) => void;
  /** Something that happened beside the choices: a fault, an answer. */
  readonly remark: (text: string) => void;
  /** Of everything noted so far: equal for equal histories. */
  readonly hash: () => string;
  /** The last ones, oldest first. */
  readonly last: () => readonly string[];
};

const kept = 50;
const prime = 0x01000193;

/** What was chosen: all of it as a hash, the end of it as text. */
export const openTrace = (): Trace => {
  const ring: (() => string)[] = [];
  let noted = 0;
  let hash = 0x811c9dc5;

  const mix = (value: number): void => {
    hash = Math.imul(hash ^ (value & 0xffff), prime);
    hash = Math.imul(hash ^ (value >>> 16), prime);
  };
  const keep = (line: () => string): void => {
    ring[noted % kept] = line;
    noted += 1;
  };
  return {
    note: ({ who, point, about }, now, among) => {
      mix(who.number);
      mix(among);
      mix(Math.trunc(now));
      mix(point.length + about.length);
      mix(point.charCodeAt(0));
      keep(() => `${(now / 1000).toFixed(3)} s  ${who.name}  ${point}${about === '' ? '' : ` ${about}`}  (1 of ${among})`);
    },
    remark: (text) => {
      for (let index = 0; index < text.length; index += 1) mix(text.charCodeAt(index));
      keep(() => `          ${text}`);
    },
    hash: () => (hash >>> 0).toString(16).padStart(8, '0'),
    last: () => Array.from({ length: Math.min(kept, noted) }, (_, index) => ring[(Math.max(0, noted - kept) + index) % kept]?.() ?? ''),
  };
};
