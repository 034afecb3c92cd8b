/** What can be done to an engine that was started for the caller, to see how its clients bear it. */
export type EngineControl = {
  /** Ends it at once, without a chance to put anything in order. */
  readonly kill: () => Promise<void>;
  /** Starts it again after a kill: same address, same data. Resolves when it serves. */
  readonly restart: () => Promise<void>;
  /** Stops it where it is: connections stay open, nothing answers. */
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;
};

/** A running engine. */
export type Engine = {
  /** How clients reach it: a connection string, or host and port. */
  readonly address: string;
  /** Stops what was started for the caller, with its data; one that was there before stays. */
  readonly stop: () => Promise<void>;
  /** Of one that was started for the caller at an address that stays. */
  readonly control?: EngineControl;
};

/** Where an engine can be had here, or why it cannot. `where` and `absent` are for people. */
export type FoundEngine =
  | {
      readonly kind: 'environment' | 'container' | 'process';
      readonly where: string;
      /** Whether the started engine comes with `control`. */
      readonly killable: boolean;
      readonly start: () => Promise<Engine>;
      readonly absent?: undefined;
    }
  | {
      readonly absent: string;
      readonly kind?: undefined;
      readonly where?: undefined;
      readonly killable?: undefined;
      readonly start?: undefined;
    };

/** A way to an engine; answers why not where there is none. Nothing is started by looking. */
export type Way = () => FoundEngine | Promise<FoundEngine>;

/** The first way that exists; where none does, the reasons of all. */
export const firstOf = async (...ways: readonly Way[]): Promise<FoundEngine> => {
  const reasons: string[] = [];
  for (const way of ways) {
    const found = await way();
    if (found.absent === undefined) return found;
    reasons.push(found.absent);
  }
  return { absent: reasons.join('; ') };
};

/** An engine that somebody else runs, named in the environment. */
export const fromEnvironment =
  (variable: string): Way =>
  () => {
    const address = process.env[variable];
    return address === undefined || address === ''
      ? { absent: `${variable} is not set` }
      : { kind: 'environment', where: variable, killable: false, start: async () => ({ address, stop: async () => undefined }) };
  };
