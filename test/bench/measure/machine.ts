import { cpus, release, totalmem } from 'node:os';

/** The machine in one line. */
export function describeMachine(): string {
  const processors = cpus();
  const [first] = processors;
  const memory = (totalmem() / 2 ** 30).toFixed(1);
  return `${first?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${memory} GiB, Linux ${release()}`;
}
