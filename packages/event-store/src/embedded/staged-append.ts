import type { NewEvent, RecordedEvent } from '../event-store.js';
import { toPosition } from '../position.js';
import type { CommitLine } from './commit-row.js';

/** What is to be written of an append: where it stands, and the events that were given. */
export type StagedAppend = { readonly line: CommitLine; readonly events: readonly NewEvent[] };

/** Its events as they will stand in the log. Made when somebody asks: where all followers want bytes, nobody does. */
export const recordedEvents = ({ line: { stream, revision, sequence }, events }: StagedAppend): RecordedEvent[] =>
  events.map(({ id, type, data, metadata, trusted }, index) => ({
    stream,
    revision: revision + index,
    position: toPosition(sequence + index),
    id,
    type,
    data,
    metadata,
    trusted,
  }));
