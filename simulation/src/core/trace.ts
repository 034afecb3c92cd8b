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

/** A choice, or a remark where `among` is 0; made into text when somebody asks, as few are. */
type Noted = { readonly now: number; readonly who: string; readonly point: string; readonly about: string; readonly among: number };

const lineOf = ({ now, who, point, about, among }: Noted): string =>
  among === 0 ? `          ${about}` : `${(now / 1000).toFixed(3)} s  ${who}  ${point}${about === '' ? '' : ` ${about}`}  (1 of ${among})`;

/** What was chosen: all of it as a hash, the end of it as text. */
export const openTrace = (): Trace => {
  const ring: Noted[] = [];
  let noted = 0;
  let hash = 0x811c9dc5;

  const mix = (value: number): void => {
    hash = Math.imul(hash ^ (value & 0xffff), prime);
    hash = Math.imul(hash ^ (value >>> 16), prime);
  };
  const keep = (one: Noted): void => {
    ring[noted % kept] = one;
    noted += 1;
  };
  return {
    note: ({ who, point, about }, now, among) => {
      mix(who.number);
      mix(among);
      mix(Math.trunc(now));
      mix(point.length + about.length);
      mix(point.charCodeAt(0));
      keep({ now, who: who.name, point, about, among });
    },
    remark: (text) => {
      for (let index = 0; index < text.length; index += 1) mix(text.charCodeAt(index));
      keep({ now: 0, who: '', point: '', about: text, among: 0 });
    },
    hash: () => (hash >>> 0).toString(16).padStart(8, '0'),
    last: () => {
      const oldest = noted % kept;
      return [...ring.slice(oldest), ...ring.slice(0, oldest)].map(lineOf);
    },
  };
};
