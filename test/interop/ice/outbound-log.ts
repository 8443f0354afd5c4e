import dgram, { Socket as UdpSocket } from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isIP, Socket as TcpSocket } from 'node:net';

/**
 * Loaded into a process before everything else (`node --import`): writes a line into the file that OUTBOUND_LOG names
 * for each destination that the process sends to, connects to, or asks the resolver about.
 */
const file = process.env['OUTBOUND_LOG'];
const known = new Set<string>();

function note(line: string): void {
  if (file === undefined || known.has(line)) return;
  known.add(line);
  appendFileSync(file, `${line}\n`);
}

/** Calls `before` with the arguments of each call of a method, and then the method. */
function listenTo(target: object, method: string, before: (args: readonly unknown[]) => void): void {
  const original: unknown = Reflect.get(target, method);
  if (typeof original !== 'function') throw new Error(`there is no ${method} to listen to`);
  Reflect.set(target, method, function (this: unknown, ...args: unknown[]): unknown {
    before(args);
    const result: unknown = Reflect.apply(original, this, args);
    return result;
  });
}

/** `send(bytes, port, address, callback)`, with or without offset and length after the bytes. */
listenTo(UdpSocket.prototype, 'send', (args) => {
  const at = args.findIndex((value) => typeof value === 'string');
  note(`udp ${String(args[at])} ${String(args[at - 1])}`);
});
listenTo(UdpSocket.prototype, 'connect', (args) => note(`udp-connect ${args.map(String).join(' ')}`));
listenTo(TcpSocket.prototype, 'connect', (args) => note(`tcp ${JSON.stringify(endpointOf(args))}`));
for (const resolver of [dns, dns.promises]) {
  const names = Object.keys(resolver).filter((name) => /^(?:lookup|resolve|reverse)/.test(name));
  for (const name of names) {
    listenTo(resolver, name, ([host]) => {
      if (isIP(String(host)) === 0) note(`dns ${String(host)}`);
    });
  }
}
syncBuiltinESMExports();
note(`listening ${typeof dgram.createSocket}`);

/** Host and port of what `connect` was given, in whichever of its forms. */
function endpointOf(args: readonly unknown[]): unknown {
  const [first] = args.flat(1);
  if (typeof first !== 'object' || first === null) return args.filter((value) => typeof value !== 'function');
  const field = (name: string): unknown => Reflect.get(first, name);
  return { host: field('host'), port: field('port'), path: field('path') };
}
