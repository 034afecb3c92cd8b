import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const endWithinMs = 5_000;
const watched = new Set<number>();

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    watched.delete(pid); // it has ended
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const [word, pid] = line.split(' ');
  if (word === 'watch') watched.add(Number(pid));
  else watched.delete(Number(pid));
}
for (const pid of watched) {
  signal(pid, 'SIGCONT'); // one that was stopped would not hear the other
  signal(pid, 'SIGTERM');
}
if (watched.size > 0) await sleep(endWithinMs);
for (const pid of watched) signal(pid, 'SIGKILL');
