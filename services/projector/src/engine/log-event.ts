import type { RecordedEvent } from '@shop/event-store';
import { UnknownEventError, type ShopEvent, type StoredShape } from '@shop/events';

/** A stored event beside what this code makes of it; one that it does not know is kept with the reason, never dropped. */
export type LogEvent =
  | { readonly recorded: RecordedEvent; readonly event: ShopEvent; readonly error?: undefined }
  | { readonly recorded: RecordedEvent; readonly event?: undefined; readonly error: UnknownEventError };

/** `parseStored` of @shop/events, or that of a release which knows other events. */
export type ParseEvent = (stored: StoredShape) => ShopEvent;

export const toLogEvent = (parse: ParseEvent, recorded: RecordedEvent): LogEvent => {
  try {
    return { recorded, event: parse(recorded) };
  } catch (error) {
    // An upcaster that throws something else is as bad for the stream as a shape that nobody knows.
    const unknown = error instanceof UnknownEventError ? error : new UnknownEventError(String(error), { cause: error });
    return { recorded, error: unknown };
  }
};
