import { spawn } from 'node:child_process';
import { builtProgram } from '../built-program.js';

export type Guard = {
  /** From now on this process does not outlive the one that started the guard. */
  readonly watch: (pid: number) => void;
  readonly forget: (pid: number) => void;
  /** Nothing is left to guard. */
  readonly dismiss: () => void;
};

/**
 * A process that ends others, by their ids, should this one end without having done so itself: killed by a signal that nobody can catch.
 * It knows by its own input, which the system closes then.
 */
export const startGuard = (): Guard => {
  const child = spawn(process.execPath, [builtProgram('cluster/dist/processes/guard-process.js')], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true, // a Ctrl-C is not for it
  });
  child.stdin.on('error', () => undefined);
  const say = (word: 'watch' | 'forget', pid: number) => void child.stdin.write(`${word} ${pid}\n`);
  return {
    watch: (pid) => say('watch', pid),
    forget: (pid) => say('forget', pid),
    dismiss: () => void child.stdin.end(),
  };
};
