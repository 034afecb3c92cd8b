/** What the writers report; whoever wires them counts it. Called on the hot path: must be cheap and never throw. */
export type WritingMetrics = {
  /** An append was acknowledged: how many commands it decided, refused ones and repeats included, and how many events it wrote. */
  readonly appended: (kind: string, commands: number, events: number) => void;
  readonly conflicted: (kind: string) => void;
  /** A try of an append whose outcome is unknown. */
  readonly outcomeUnknown: (kind: string) => void;
  /** Commands of one stream that were not answered yet as an append was sent, those in it included. */
  readonly queued: (kind: string, commands: number) => void;
};
