import { crc32 } from 'node:zlib';
import type { RecordedEvent, Revision } from '../event-store.js';
import { toPosition } from '../position.js';
import { DamagedLogError } from './damaged-log.js';

/**
 * Events of appends that were written together. Its key is the sequence number of its last event; events are counted from 1 over the whole log.
 * The text is a JSON array with one line per append: `{"stream","revision","position","events":[{"id","type","data","metadata"}]}`,
 * revision and position being those of the first event. A raw line break never occurs inside JSON strings, so one stream's lines
 * are found, and parsed, without the others.
 */
export type CommitRow = {
  readonly sequence: number;
  readonly checksum: number;
  /** UTF-8 of the text; of a row that was read, only once its checksum fits. */
  readonly bytes: Buffer;
};

/** As it goes from hand to hand, and to other threads of this process. As bytes, since the garbage collector copies strings, and lets bytes lie. */
export type SharedCommit = {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Every event of it was appended as trusted, and this process wrote it. */
  readonly trusted: boolean;
};

/** A row whose checksum fits, to be parsed. */
export type CheckedCommit = { readonly sequence: number; readonly text: string; readonly trusted: boolean };

/** Events of one append in a commit. */
export type CommitLine = {
  readonly stream: string;
  readonly revision: Revision;
  readonly sequence: number;
  /** How many events `text`, a JSON array, holds. */
  readonly count: number;
  readonly text: string;
};

const separator = ',\n';
const encodeLine = ({ stream, revision, sequence, text }: CommitLine): string =>
  `{"stream":${JSON.stringify(stream)},"revision":${revision},"position":${sequence},"events":${text}}`;

/** The brackets belong to the first and the last line: around the whole text, they would have it copied once more. */
const rowOf = (sequence: number, lines: readonly string[]): CommitRow => {
  const text = lines.join(separator);
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text)); // not out of a pool, which would be sent to another thread as a whole
  bytes.write(text);
  return { sequence, bytes, checksum: crc32(bytes) };
};

/**
 * The rows of a transaction. A row of 16 KiB costs next to nothing compared with its events, and reading one stream out of it stays cheap;
 * an append is never split.
 */
export const commitRows = (lines: readonly CommitLine[], rowSize = 16 * 1024): readonly CommitRow[] => {
  const rows: CommitRow[] = [];
  let texts: string[] = [];
  let size = 0;
  let last = 0;
  const endRow = (): void => {
    texts.push(`${texts.pop() ?? ''}]`);
    rows.push(rowOf(last, texts));
    texts = [];
    size = 0;
  };
  for (const line of lines) {
    const text = encodeLine(line);
    if (size > 0 && size + text.length > rowSize) endRow();
    texts.push(size === 0 ? `[${text}` : text);
    size += text.length;
    last = line.sequence + line.count - 1;
  }
  if (texts.length > 0) endRow();
  return rows;
};

type StoredEvent = { readonly id: string; readonly type: string; readonly data: unknown; readonly metadata: unknown };
type StoredLine = { readonly stream: string; readonly revision: number; readonly position: number; readonly events: readonly unknown[] };
const isStoredLine = (value: unknown): value is StoredLine =>
  typeof value === 'object' &&
  value !== null &&
  'stream' in value &&
  typeof value.stream === 'string' &&
  'revision' in value &&
  typeof value.revision === 'number' &&
  'position' in value &&
  typeof value.position === 'number' &&
  'events' in value &&
  Array.isArray(value.events);
const isStoredEvent = (value: unknown): value is StoredEvent =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'type' in value &&
  typeof value.type === 'string';

const parseJson = ({ sequence }: CheckedCommit, text: string, file: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DamagedLogError(file, sequence, 'its text is no JSON', { cause: error });
  }
};

/** A row as it was read. @throws DamagedLogError */
export const checkedRow = ({ sequence, checksum, bytes }: CommitRow, file: string): SharedCommit => {
  if (crc32(bytes) !== checksum) throw new DamagedLogError(file, sequence, 'its checksum does not fit');
  return { sequence, bytes, trusted: false };
};

export const textOf = ({ sequence, bytes: { buffer, byteOffset, byteLength }, trusted }: SharedCommit): CheckedCommit => ({
  sequence,
  text: Buffer.from(buffer, byteOffset, byteLength).toString(),
  trusted,
});

/** @throws DamagedLogError */
export const checkedCommit = (row: CommitRow, file: string): CheckedCommit => textOf(checkedRow(row, file));

/** Answers the sequence number of the line's last event. */
const readLine = (row: CheckedCommit, line: unknown, file: string, into: RecordedEvent[]): number => {
  if (!isStoredLine(line)) throw new DamagedLogError(file, row.sequence, 'its text holds no append');
  const { stream, revision, position } = line;
  const trusted = row.trusted ? true : undefined;
  line.events.forEach((event, index) => {
    if (!isStoredEvent(event)) throw new DamagedLogError(file, row.sequence, 'its text holds no event');
    const { id, type, data, metadata } = event;
    into.push({ stream, revision: revision + index, position: toPosition(position + index), id, type, data, metadata, trusted });
  });
  return position + line.events.length - 1;
};

export type ParsedCommit = {
  /** Sequence number of the first event. */
  readonly first: number;
  readonly events: readonly RecordedEvent[];
};

/** All events of a commit. @throws DamagedLogError */
export const parseCommit = (row: CommitRow, file: string): ParsedCommit => parseText(checkedCommit(row, file), file);

/** As `parseCommit`, where somebody else has looked at the checksum. @throws DamagedLogError */
export const parseText = (row: CheckedCommit, file: string): ParsedCommit => {
  const lines = parseJson(row, row.text, file);
  if (!Array.isArray(lines)) throw new DamagedLogError(file, row.sequence, 'its text is no list');
  const events: RecordedEvent[] = [];
  let first: number | undefined;
  for (const line of lines) {
    const position = readLine(row, line, file, events);
    first ??= position - events.length + 1;
    if (first + events.length - 1 !== position) throw new DamagedLogError(file, row.sequence, 'its appends do not follow each other');
  }
  if (first === undefined || first + events.length - 1 !== row.sequence)
    throw new DamagedLogError(file, row.sequence, 'it does not end at its own position');
  return { first, events };
};

/** Events of one append in a commit, by the head of its line. */
export type AppendHead = {
  readonly stream: string;
  readonly first: Revision;
  readonly last: Revision;
  readonly position: number;
  /** Where its line is in the text of the commit. */
  readonly from: number;
  readonly to: number;
};

const lineHead = /\{"stream":("(?:[^"\\]|\\.)*"),"revision":(\d+),"position":(\d+),"events":\[/y;

/** What a commit holds of which streams. The events themselves are not parsed: a checksum that fits says that they are as they were written. @throws DamagedLogError */
export const appendHeads = (row: CheckedCommit, file: string): readonly AppendHead[] => {
  const { text, sequence } = row;
  const found: Omit<AppendHead, 'last'>[] = [];
  for (let from = 1, next = 0; next !== -1; from = next + separator.length) {
    lineHead.lastIndex = from;
    const [, name = '', revision, position] = lineHead.exec(text) ?? [];
    const stream = parseJson(row, name, file);
    if (typeof stream !== 'string') throw new DamagedLogError(file, sequence, 'its text holds no append');
    next = text.indexOf(separator, from);
    const to = next === -1 ? text.length - 1 : next;
    found.push({ stream, first: Number(revision), position: Number(position), from, to });
  }
  return found.map(({ stream, first, position, from, to }, index) => {
    const end = found[index + 1]?.position ?? sequence + 1;
    if (end <= position) throw new DamagedLogError(file, sequence, 'its appends do not follow each other');
    return { stream, first, last: first + end - position - 1, position, from, to };
  });
};

/** A commit of which single streams are read: each finds its lines without looking at those of the others. */
export type CommitByStream = { readonly row: CheckedCommit; readonly appends: ReadonlyMap<string, readonly AppendHead[]> };

/** @throws DamagedLogError */
export const byStream = (row: CheckedCommit, file: string): CommitByStream => {
  const appends = new Map<string, AppendHead[]>();
  for (const head of appendHeads(row, file)) {
    const known = appends.get(head.stream);
    if (known) known.push(head);
    else appends.set(head.stream, [head]);
  }
  return { row, appends };
};

/** Events of one stream in a commit, in order; only their lines are parsed. @throws DamagedLogError */
export const parseStreamOf = ({ row, appends }: CommitByStream, stream: string, file: string): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  for (const { from, to } of appends.get(stream) ?? []) readLine(row, parseJson(row, row.text.slice(from, to), file), file, events);
  return events;
};
