import { esdbLog, type AppendVerdict, type Expected, type LogRecord, type Proposal } from './log.js';
import { openJournal } from './journal.js';

export type Endpoint = { readonly host: string; readonly port: number };

/**
 * One server of a cluster, or the only one.
 * - `leader`: commits what it writes.
 * - `without-quorum`: thinks it leads, writes, and commits nothing: cut off from its cluster, or deposed and not yet aware of it. It answers reads.
 * - `follower`: sends what needs the leader to another node.
 */
export type Role =
  { readonly role: 'leader' } | { readonly role: 'without-quorum' } | { readonly role: 'follower'; readonly leader: Endpoint };

export type EsdbNode = ReturnType<typeof esdbNode>;

export const esdbNode = ({ folder, copied, now }: { folder?: string | undefined; copied?: readonly LogRecord[]; now: () => number }) => {
  const log = esdbLog(now);
  const journal = folder === undefined ? undefined : openJournal(folder);
  let role: Role = { role: 'leader' };
  let thawed: { readonly whenThawed: Promise<void>; readonly thaw: () => void } | undefined;
  log.restore(journal?.records() ?? copied ?? []);

  /** Writes the records from `start` to disk and commits them; at once where there is no disk. */
  const commitFrom = (start: number): Promise<void> | void => {
    if (role.role === 'without-quorum') return;
    const written = log.written();
    if (!journal) return log.commit(written);
    return journal.add(log.writtenFrom(start)).then(() => log.commit(written));
  };

  /** Resolves to whether the record got committed in time. */
  const whenCommitted = (record: LogRecord | undefined, timeoutMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      if (!record || log.isCommitted(record)) return resolve(true);
      const end = (committed: boolean) => {
        clearTimeout(timer);
        stopWatching();
        resolve(committed);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      const stopWatching = log.watch(() => log.isCommitted(record) && end(true));
    });

  const writing = (write: () => AppendVerdict): AppendVerdict => {
    const before = log.written();
    const verdict = write();
    if (log.written() > before) void commitFrom(before);
    return verdict;
  };

  return {
    log,
    append: (stream: string, expected: Expected, events: readonly Proposal[]) => writing(() => log.append(stream, expected, events)),
    remove: (stream: string, expected: Expected, kind: 'delete' | 'tombstone') => writing(() => log.remove(stream, expected, kind)),
    whenCommitted,
    role: () => role,
    become: (next: Role) => {
      const waiting = role.role === 'without-quorum' ? log.committed() : undefined;
      role = next;
      if (waiting !== undefined && next.role === 'leader' && log.written() > waiting) void commitFrom(waiting);
    },
    /** Until `thaw` this node takes no call and sends no answer, as a stopped process. */
    freeze: () => {
      let thaw = (): void => undefined;
      const whenThawed = new Promise<void>((resolve) => (thaw = resolve));
      thawed ??= { whenThawed, thaw };
    },
    thaw: () => {
      thawed?.thaw();
      thawed = undefined;
    },
    awake: (): Promise<void> | undefined => thawed?.whenThawed,
    close: async () => journal?.close(),
  };
};
