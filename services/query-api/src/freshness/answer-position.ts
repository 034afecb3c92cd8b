import { beginning, earlierOf, fromPosition, laterOf, toPosition, type Position } from '@shop/event-store';
import { parkedStreamsListed, type Guard, type ServingModel } from '@shop/read-store';
import { degraded } from './followed-model.js';

export type AnswerParts = {
  /** Whether the answer would hold something of this stream if all its events were applied. */
  readonly touches: (stream: string) => boolean;
  /** Of a single document: it may be newer than the checkpoint. */
  readonly guard?: Guard | undefined;
};

export const justBefore = (position: Position): Position => (position === beginning ? beginning : toPosition(fromPosition(position) - 1n));

/**
 * The position an answer from this model is as of: one document as of the later of checkpoint and guard, beside a parked stream
 * as of before the first event that waits.
 * @throws Problem `READ_MODEL_DEGRADED` where a parked stream is touched and less than everything is not good enough
 */
export const answerPosition = (
  { generation, position, parked }: Pick<ServingModel, 'generation' | 'position' | 'parked'>,
  exact: boolean,
  { touches, guard }: AnswerParts,
): Position => {
  const reached = guard === undefined ? position : laterOf(position, guard);
  // The list holds the earliest ones. Where it is full there may be more, and the last one stands for them.
  const unlisted = parked.length < parkedStreamsListed ? [] : parked.slice(-1);
  const touched = [...parked.filter(({ stream }) => touches(stream)), ...unlisted];
  if (touched.length === 0) return reached;
  if (exact) throw degraded(generation.projection);
  return touched.reduce((earliest, stream) => earlierOf(earliest, justBefore(stream.position)), reached);
};
