import { bombs } from '../../fixtures/sdp/bombs.ts';
import { edited, readFixture } from '../../fixtures/sdp/read-fixture.ts';

/** Something that no broker can do, and what it has to say about it. */
export interface BadInput {
  readonly name: string;
  readonly text: string;
  /** The symbolic name of the error. */
  readonly error: string;
  /** What `error` or `hint` must name. */
  readonly field: RegExp;
}

const offer = readFixture('wrtc-echo-offer.sdp');

/** A command as text. */
export function command(name: string, data: unknown): string {
  const [subclass, cmd] = name.split('.');
  return JSON.stringify({ class: 'media', subclass, cmd, tid: 7, data });
}

function echo(more: object): string {
  return command('session.create', { type: 'echo', wait_reply: true, ...more });
}

/** `levels` lists within each other, the request around them not counted. */
function nested(levels: number): string {
  const value = '['.repeat(levels) + ']'.repeat(levels);
  return `{"class":"media","subclass":"session","cmd":"get_list","tid":7,"data":{"deep":${value}}}`;
}

const malformed: readonly BadInput[] = [
  { name: 'no bytes', text: '', error: 'syntax_error', field: /\brequest\b/ },
  { name: 'text', text: 'hello', error: 'syntax_error', field: /\brequest\b/ },
  { name: 'half a command', text: echo({}).slice(0, -9), error: 'syntax_error', field: /\brequest\b/ },
  { name: 'a list', text: '[]', error: 'syntax_error', field: /\brequest\b/ },
  { name: 'null', text: 'null', error: 'syntax_error', field: /\brequest\b/ },
  { name: 'nesting of 17', text: nested(15), error: 'syntax_error', field: /\brequest\b/ },
  { name: 'nesting of 100,000', text: nested(100_000), error: 'syntax_error', field: /\brequest\b/ },
  { name: 'brackets that never end', text: '['.repeat(500_000), error: 'syntax_error', field: /\brequest\b/ },
];

const wrong: readonly BadInput[] = [
  {
    name: 'no class',
    text: '{"cmd":"get_list","tid":7}',
    error: 'syntax_error',
    field: /request\.class is required/,
  },
  {
    name: 'a cmd that is a list',
    text: '{"class":"media","cmd":[],"tid":7}',
    error: 'syntax_error',
    field: /request\.cmd must be a string/,
  },
  {
    name: 'data that is a number',
    text: command('session.create', 3),
    error: 'syntax_error',
    field: /request\.data must be an object/,
  },
  {
    name: 'no type',
    text: command('session.create', {}),
    error: 'missing_field',
    field: /data\.type is req/,
  },
  {
    name: 'a bitrate that is a text',
    text: echo({ bitrate: 'much' }),
    error: 'syntax_error',
    field: /data\.bitrate must be an integer/,
  },
  {
    name: 'an offer that is a text',
    text: echo({ offer: 'v=0' }),
    error: 'syntax_error',
    field: /data\.offer must be an object/,
  },
  {
    name: 'an SDP that is a list',
    text: echo({ offer: { sdp: [offer] } }),
    error: 'syntax_error',
    field: /data\.offer\.sdp must be a string/,
  },
  {
    name: 'an offer without SDP',
    text: echo({ offer: {} }),
    error: 'missing_field',
    field: /data\.offer\.sdp is/,
  },
  {
    name: 'an unknown cmd',
    text: command('session.explode', {}),
    error: 'unknown_command',
    field: /explode/,
  },
  {
    name: 'an unknown subclass',
    text: command('teapot.create', {}),
    error: 'not_implemented',
    field: /teapot/,
  },
  {
    name: 'an unknown class',
    text: '{"class":"kitchen","cmd":"boil","tid":7}',
    error: 'not_implemented',
    field: /kitchen/,
  },
  {
    name: 'an unknown session',
    text: command('session.get_info', { session_id: 'nobody' }),
    error: 'session_not_found',
    field: /data\.session_id/,
  },
];

const audio = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n';
const candidate = (n: number): string => `a=candidate:1 1 udp 1 10.0.0.1 ${n} typ host\r\n`;
const candidates = (count: number): string => Array.from({ length: count }, (_, n) => candidate(n)).join('');

const descriptions: readonly BadInput[] = [
  invalid(
    'an SDP without fingerprint',
    edited(offer, /^a=fingerprint:.*\r\n/, ''),
    /data\.offer\.sdp: .*fingerprint/,
  ),
  invalid(
    'an SDP without ICE credentials',
    edited(offer, /^a=ice-(ufrag|pwd):.*\r\n/, ''),
    /data\.offer\.sdp: .*ICE credentials/,
  ),
  invalid('an SDP that is none', 'hello', /data\.offer\.sdp: .*SDP/),
  invalid('an SDP of 65 candidates', audio + candidates(65), /data\.offer\.sdp: .*64 candidates/),
  invalid('an SDP of 3,000 lines', audio + 'a=x\r\n'.repeat(3000), /data\.offer\.sdp: .*2000 lines/),
  tooLong('an SDP of 20,000 candidates', audio + candidates(20_000)),
  tooLong('an SDP of 64 KiB and one byte', audio.padEnd(65_537, 'x')),
  ...bombs
    .filter(({ sdp }) => sdp.length <= 65_536)
    .map(({ name, sdp }) => invalid(`an SDP bomb, ${name}`, sdp, /data\.offer\.sdp: .*SDP/)),
];

function invalid(name: string, sdp: string, field: RegExp): BadInput {
  return { name, text: echo({ offer: { sdp } }), error: 'invalid_sdp', field };
}

function tooLong(name: string, sdp: string): BadInput {
  return { name, text: echo({ offer: { sdp } }), error: 'syntax_error', field: /data\.offer\.sdp must/ };
}

/** What every object of JavaScript has. */
export const prototypeWords: readonly string[] = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

/** Words of the envelope, then of its data. */
const prototypes: readonly BadInput[] = prototypeWords.flatMap((word) => {
  const field = new RegExp(word);
  const unknown = { session_id: word };
  const kept = echo({ offer: { sdp: offer }, master_id: word });
  const keys = `"${word}":{"type":"echo","cmd":"x"}`;
  return [
    refused(`${word} as class`, `{"class":"${word}","cmd":"create","tid":7}`, 'not_implemented', field),
    refused(`${word} as subclass`, command(`${word}.create`, {}), 'not_implemented', field),
    refused(`${word} as cmd`, command(`session.${word}`, {}), 'unknown_command', field),
    refused(`${word} as type`, command('session.create', { type: word }), 'syntax_error', /data\.type/),
    refused(
      `${word} as session`,
      command('session.get_info', unknown),
      'session_not_found',
      /data\.session_id/,
    ),
    refused(`${word} as master`, kept, 'session_not_found', /data\.master_id/),
    refused(
      `${word} as keys`,
      `{"class":"media","subclass":"session","cmd":"create","tid":7,${keys},"data":{${keys}}}`,
      'missing_field',
      /data\.type is required/,
    ),
  ];
});

function refused(name: string, text: string, error: string, field: RegExp): BadInput {
  return { name, text, error, field };
}

/** Every transport refuses each of them alike. */
export const badInputs: readonly BadInput[] = [...malformed, ...wrong, ...descriptions, ...prototypes];
