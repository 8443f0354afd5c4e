// The commands of the start page, ready for a shell. No DOM here: it also runs in Node's tests.

/** A complete audio offer, as small as it can be: the fingerprint and the ICE credentials belong to nobody. */
const offer = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=ice-ufrag:firstTry',
  'a=ice-pwd:anExamplePasswordOf24Chr',
  'a=setup:actpass',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, byte) => (byte + 16).toString(16).toUpperCase()).join(':')}`,
  '',
].join('\r\n');

/** JSON of the command; it holds no apostrophe, so a shell takes it between two. */
const create = JSON.stringify({
  class: 'media',
  subclass: 'session',
  cmd: 'create',
  tid: 1,
  data: { type: 'echo', wait_reply: true, offer: { sdp: offer, trickle_ice: true } },
});

const logIn = JSON.stringify({ class: 'core', subclass: 'user', cmd: 'login', tid: 0, data: { user: 'me' } });

/** Where the `nats` program looks without being told. */
const defaultBus = 'nats://127.0.0.1:4222';

/** For the `nats` program. `url` may hold several addresses, or be unknown. */
export function natsCommand(bus: { readonly url: string | undefined; readonly prefix: string }): string {
  const server = bus.url === undefined || bus.url === defaultBus ? '' : `-s ${shellWord(bus.url)} `;
  return `nats req ${server}${shellWord(`${bus.prefix}.cmd`)} '${create}'`;
}

/** For curl. */
export function curlCommand(origin: string): string {
  return `curl -s ${shellWord(`${origin}/rpc`)} -H 'content-type: application/json' -d '${create}'`;
}

/** For websocat, which sends every line as one message; it stays for a second to hear the replies. */
export function websocketCommand(url: string): string {
  return `{ printf '%s\\n' '${logIn}' '${create}'; sleep 1; } | websocat ${shellWord(url)}`;
}

/** Quoted, if a shell would read it as more than one plain word. */
function shellWord(word: string): string {
  return /^[\w./:@,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
