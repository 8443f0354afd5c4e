import type { Check } from './checks.ts';

const head = `# Appendix C, test by test

The tests of nkmedia-api.md Appendix C, rows 1 to 22, and of what has no row there, in \`test/interop/appendix-c/\`: each runs over NATS and over the command
WebSocket, against the embedded core and against Debian's janus 1.1.2 as the broker's only engine, with real peers. What Janus cannot do
is a test too: it gets the error that is named here, and the session lives on. Printed from \`test/interop/appendix-c/checks.ts\`, which
the tests take their expectations from; a unit test compares.

`;

/** The content of `test/appendix-c.md`. */
export function tableOf(checks: readonly Check[]): string {
  const rows = checks.map((check) => [String(check.row), check.says, 'yes', janusCell(check)]);
  const lines = [['row', 'test', 'embedded', 'Janus 1.1.2'], ['--:', '---', '---', '---'], ...rows];
  return `${head}${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function janusCell({ janus }: Check): string {
  if (janus === undefined) return 'yes';
  if (janus.error === undefined) return `otherwise: ${janus.why}`;
  return `no, ${janus.error.code} \`${janus.error.name}\`: ${janus.why}`;
}
