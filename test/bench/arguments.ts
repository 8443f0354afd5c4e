import { parseArgs } from 'node:util';

/** What can be measured. */
export const caseNames = ['forwarding', 'audio', 'handshakes', 'memory', 'control'] as const;

export type CaseName = (typeof caseNames)[number];

/** How a run was asked for. */
export interface BenchOptions {
  readonly cases: readonly CaseName[];
  /** Fewer sizes, connections and seconds. */
  readonly isQuick: boolean;
  /** Missed limits do not fail the run. */
  readonly isReportOnly: boolean;
  /** Prints the tables alone, for README.md. */
  readonly isMarkdown: boolean;
  /** Of the server and of the load. */
  readonly cores: readonly [number, number];
  /** Further flags of Node for our server, such as `--cpu-prof`. */
  readonly serverFlags: readonly string[];
  /** Numbers of subscribers; empty for the usual ones. */
  readonly sizes: readonly number[];
  /** No other server than ours. */
  readonly isAlone: boolean;
}

export const usage = `npm run bench -- [options]
  --quick               a few minutes: fewer sizes, connections and seconds
  --case NAME           one of ${caseNames.join(', ')}; may be repeated
  --size N              subscribers when forwarding; may be repeated
  --alone               our server only
  --report-only         missed limits do not fail the run
  --markdown            print the tables alone
  --cores SERVER,LOAD   processor cores; default 0,1
  --server-flag FLAG    for Node of our server, such as --cpu-prof; may be repeated
`;

/** Reads the command line. Throws TypeError for what it does not know. */
export function readArguments(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      case: { type: 'string', multiple: true, default: [] },
      size: { type: 'string', multiple: true, default: [] },
      alone: { type: 'boolean', default: false },
      'report-only': { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      cores: { type: 'string', default: '0,1' },
      'server-flag': { type: 'string', multiple: true, default: [] },
    },
  });
  return {
    cases: readCases(values.case),
    isQuick: values.quick,
    isReportOnly: values['report-only'],
    isMarkdown: values.markdown,
    cores: readCores(values.cores),
    serverFlags: values['server-flag'],
    sizes: values.size.map(readSize).toSorted((one, other) => one - other),
    isAlone: values.alone,
  };
}

function readCases(names: readonly string[]): readonly CaseName[] {
  const unknown = names.find((name) => !caseNames.some((known) => known === name));
  if (unknown !== undefined) throw new TypeError(`no case ${unknown}`);
  return names.length === 0 ? caseNames : caseNames.filter((known) => names.includes(known));
}

function readCores(text: string): readonly [number, number] {
  const [server, load, ...more] = text.split(',').map(Number);
  if (server === undefined || load === undefined || more.length > 0 || !isCore(server) || !isCore(load))
    throw new TypeError(`two core numbers are wanted, not ${text}`);
  return [server, load];
}

function readSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1)
    throw new TypeError(`a number of subscribers is wanted, not ${text}`);
  return size;
}

function isCore(core: number): boolean {
  return Number.isInteger(core) && core >= 0;
}
