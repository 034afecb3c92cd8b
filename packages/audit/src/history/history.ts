import { z } from 'zod';

/**
 * One request of a client and what came back: a line of a history. Times are milliseconds of one clock that only rises, noted before
 * sending and after the answer; `end` and `status` are null where no answer came. `requestId` is the X-Request-Id that was sent, a new one
 * each time, `token` the Consistency-Token sent, `position` the Consistency-Token (of a write) or As-Of-Position (of a read) that came back.
 */
export const historyLine = z.object({
  begin: z.number(),
  end: z.number().nullable(),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string(),
  userId: z.string().optional(),
  requestId: z.string().optional(),
  key: z.string().optional(),
  body: z.unknown().optional(),
  token: z.string().optional(),
  consistency: z.enum(['strong', 'session', 'eventual']).default('strong'),
  status: z.int().nullable(),
  answer: z.unknown().optional(),
  position: z.string().optional(),
});
export type HistoryLine = z.infer<typeof historyLine>;

const problem = z.object({ code: z.string() });
/** Code of the problem that was answered; undefined where it was none. */
export const codeIn = ({ answer }: Pick<HistoryLine, 'answer'>): string | undefined => problem.safeParse(answer).data?.code;

/** @throws Error naming the line that is none */
export const readHistory = async (lines: AsyncIterable<string>): Promise<HistoryLine[]> => {
  const history: HistoryLine[] = [];
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text === '') continue;
    try {
      history.push(historyLine.parse(JSON.parse(text)));
    } catch (cause) {
      throw new Error(`line ${number} of the history cannot be read`, { cause });
    }
  }
  return history;
};

const answered = (lines: readonly HistoryLine[]) =>
  lines.flatMap(({ method, status, begin, end, position }) =>
    method !== 'GET' && end !== null && status !== null && status < 300 && position !== undefined ? [{ begin, end, position }] : [],
  );

/** How many of the sorted times come before the first one that is `late`. */
const countUntil = (times: readonly number[], late: (time: number) => boolean): number => {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (late(times[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
};

export type Acknowledged = {
  /** The latest position that any write acknowledged before a time had. */
  readonly before: (time: number) => string;
  /** The earliest position answered to a write that began after a time: nothing beyond it had come before. A repeat answers the end of the log as it was. */
  readonly after: (time: number) => string;
};

const beginning = '0'.repeat(16);
const never = 'g'; // after every position

export const acknowledgedWrites = (history: readonly HistoryLine[]): Acknowledged => {
  const writes = answered(history);
  const byEnd = [...writes].sort((one, other) => one.end - other.end);
  let latest = beginning;
  const latestBy = byEnd.map(({ position }) => (latest = position > latest ? position : latest));
  const byBegin = [...writes].sort((one, other) => one.begin - other.begin);
  let earliest = never;
  const earliestFrom = byBegin.map(() => never);
  for (let index = byBegin.length - 1; index >= 0; index -= 1) {
    const { position = never } = byBegin[index] ?? {};
    earliestFrom[index] = earliest = position < earliest ? position : earliest;
  }
  const ends = byEnd.map(({ end }) => end);
  const begins = byBegin.map(({ begin }) => begin);
  return {
    before: (time) => latestBy[countUntil(ends, (end) => end >= time) - 1] ?? beginning,
    after: (time) => earliestFrom[countUntil(begins, (begin) => begin > time)] ?? never,
  };
};

/** The query is taken apart where somebody asks for it. */
export const pathOf = ({ path }: HistoryLine): { readonly segments: readonly string[]; readonly query: URLSearchParams } => {
  const [route = '', query = ''] = path.split('?', 2);
  const segments = route.split('/').filter(Boolean);
  return {
    segments: route.includes('%') ? segments.map(decodeURIComponent) : segments,
    get query() {
      return new URLSearchParams(query);
    },
  };
};
