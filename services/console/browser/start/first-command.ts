// The commands of the start page, ready for a shell. No DOM here: it also runs in Node's tests.
import { audioOffer } from '../small-offer.ts';
import { curlRequest, natsRequest, shellWord, type Bus } from '../shell.ts';

/** JSON of the command; it holds no apostrophe, so a shell takes it between two. */
const create = JSON.stringify({
  class: 'media',
  subclass: 'session',
  cmd: 'create',
  tid: 1,
  data: { type: 'echo', wait_reply: true, offer: { sdp: audioOffer, trickle_ice: true } },
});

const logIn = JSON.stringify({ class: 'core', subclass: 'user', cmd: 'login', tid: 0, data: { user: 'me' } });

/** For the `nats` program. */
export function natsCommand(bus: Bus): string {
  return natsRequest(bus, create);
}

/** For curl. */
export function curlCommand(origin: string): string {
  return curlRequest(origin, create);
}

/** For websocat, which sends every line as one message; it stays for a second to hear the replies. */
export function websocketCommand(url: string): string {
  return `{ printf '%s\\n' '${logIn}' '${create}'; sleep 1; } | websocat ${shellWord(url)}`;
}
