import type { Random } from '#services/kernel';
import { below, oneOf } from './byte-mutator.ts';

/** Words that mean something somewhere, and numbers at the edges. */
const words = [
  ...[
    '0',
    '-1',
    '1',
    '127',
    '128',
    '65535',
    '65536',
    '4294967295',
    '4294967296',
    '99999999999999999999',
    'NaN',
    '1e9',
  ],
  ...[
    'audio',
    'video',
    'application',
    'UDP/TLS/RTP/SAVPF',
    'RTP/AVP',
    'webrtc-datachannel',
    'IN',
    'IP4',
    '*',
    '',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'sendrecv',
    'inactive',
    'actpass',
    'active',
    'holdconn',
    'BUNDLE',
  ],
  ...[
    'sha-256',
    'md5',
    'sha-1',
    '00:11',
    'rtx',
    'red',
    'apt=96',
    'apt=apt',
    'send',
    'recv',
    '~h',
    'h,m;l',
    ';;',
    ',,',
  ],
  ...[' ', '\t', '\0', '\u2028', '\ud800', 'é', '%s', '../..', 'x'.repeat(300), '9'.repeat(100)],
];

/** Lines that no description of a browser has. */
const lines = [
  ...[
    'm=audio 0 RTP/AVP 0',
    'm=video 9/2 UDP/TLS/RTP/SAVPF 96',
    'm=',
    'a=',
    'a=:',
    'v=1',
    'k=clear:x',
    '=',
    'x',
  ],
  ...[
    'a=simulcast:send h;m;l recv',
    'a=rid:h send pt=96;max-br=x',
    'a=ssrc-group:FID 1',
    'a=group:BUNDLE',
    'a=mid:',
  ],
  ...[
    'a=fmtp:96',
    'a=rtpmap:96 /',
    'a=extmap:0 x',
    'a=extmap:15 x',
    'a=rtcp-fb:* nack',
    'a=setup:',
    'a=ice-lite',
  ],
  ...[
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x',
    'a=candidate:',
    'a=sctpmap:5000 webrtc-datachannel 65536',
  ],
];

type Way = (random: Random, text: string[]) => void;

const ways: readonly Way[] = [
  (random, text) => void text.splice(below(random, text.length), 1 + below(random, 3)),
  (random, text) => {
    const at = below(random, text.length);
    const count = oneOf(random, [1, 1, 1, 2, 10, 70, 600]);
    text.splice(at, 0, ...Array.from({ length: count }, () => text[at] ?? ''));
  },
  (random, text) => {
    const [from, to] = [below(random, text.length), below(random, text.length)];
    text.splice(to, 0, ...text.splice(from, 1));
  },
  (random, text) => void text.splice(below(random, text.length), 0, oneOf(random, lines)),
  changeLine(changeWord),
  changeLine(changeWord),
  changeLine(changeCharacter),
  changeLine((random, line) => line.slice(0, below(random, line.length))),
  changeLine((random, line) => line + oneOf(random, words)),
];

/** Changes a description in one to five ways, at random but the same for the same seed. */
export function mutatedSdp(random: Random, sdp: string): string {
  const text = sdp.split('\r\n');
  for (let count = 1 + below(random, 5); count > 0 && text.length > 0; count -= 1)
    oneOf(random, ways)(random, text);
  return text.join(oneOf(random, ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n\r\n']));
}

function changeLine(change: (random: Random, line: string) => string): Way {
  return (random, text) => {
    const at = below(random, text.length);
    text[at] = change(random, text[at] ?? '');
  };
}

function changeWord(random: Random, line: string): string {
  const parts = line.split(/([ :;=/,])/);
  parts[below(random, parts.length)] = oneOf(random, words);
  return parts.join('');
}

function changeCharacter(random: Random, line: string): string {
  const at = below(random, line.length);
  return line.slice(0, at) + String.fromCharCode(below(random, 300)) + line.slice(at + 1);
}

/** Every kind of line of `sdp`, by its letter or attribute, repeated so often and one character different each time. */
export function repeatedLines(
  sdp: string,
  count: number,
): readonly { readonly name: string; readonly sdp: string }[] {
  const kinds = new Map(sdp.split('\r\n').map((line) => [/^(a=[a-z-]+|[a-z]=)/.exec(line)?.[0] ?? '', line]));
  kinds.delete('');
  return [...kinds].map(([kind, line]) => ({
    name: `${count} × ${kind}`,
    sdp: sdp + Array.from({ length: count }, (_, at) => `${line}${at}\r\n`).join(''),
  }));
}
