import { fieldsOf, textOf, type Fields, type NatsCaller } from '../support/nats-caller.ts';

/** A call between a browser and a plain peer, which waits for the answer of its other side. */
export interface PlainCall {
  readonly proxy: string;
  /** For the other side. */
  readonly offer: string;
  /** Takes the answer to that offer; gives the one to the first. */
  answer(sdp: string, sdpType: 'webrtc' | 'rtp'): Promise<string>;
  stop(): Promise<void>;
}

/** Calls by the commands of the broker: a proxy with the first offer, and a bridge whose offer comes from it. */
export async function openCall(caller: NatsCaller, offer: object, more: object = {}): Promise<PlainCall> {
  const proxy = textOf(
    await caller.command('session.create', { type: 'proxy', offer, ...more }),
    'session_id',
  );
  const request = { type: 'bridge', peer_id: proxy, wait_reply: true };
  const reply = await caller.command('session.create', request);
  const bridge = textOf(reply, 'session_id');
  return {
    proxy,
    offer: described(reply, 'offer'),
    async answer(sdp, sdp_type) {
      await caller.command('session.set_answer', { session_id: bridge, answer: { sdp, sdp_type } });
      return described(await caller.command('session.get_answer', { session_id: proxy }), 'answer');
    },
    async stop() {
      await caller.command('session.destroy', { session_id: proxy });
    },
  };
}

/** A description with one format for each m-line: of several, ffmpeg reads the last one and no other. */
export function narrowed(sdp: string, formats: readonly number[]): string {
  const others = (line: string): boolean => {
    const format = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];
    return format !== undefined && !formats.includes(Number(format));
  };
  let index = 0;
  return sdp
    .split('\r\n')
    .filter((line) => !others(line))
    .map((line) => {
      if (!line.startsWith('m=')) return line;
      index += 1;
      return line.replace(/ RTP\/AVP .*/, ` RTP/AVP ${formats[index - 1]}`);
    })
    .join('\r\n');
}

/** A payload type and what it stands for. */
export interface PlainFormat {
  readonly payloadType: number;
  /** What follows the payload type in `a=rtpmap`; none is needed for those of RFC 3551. */
  readonly rtpmap?: string;
  readonly fmtp?: string;
}

/** The first format of a description that has this `rtpmap`. Throws RangeError if there is none. */
export function formatOf(sdp: string, rtpmap: string): PlainFormat {
  const payloadType = Number(new RegExp(`^a=rtpmap:(\\d+) ${rtpmap}\r$`, 'm').exec(sdp)?.[1] ?? NaN);
  if (Number.isNaN(payloadType)) throw new RangeError(`${rtpmap} is not in ${sdp}`);
  const fmtp = new RegExp(`^a=fmtp:${payloadType} (.*)\r$`, 'm').exec(sdp)?.[1];
  return { payloadType, rtpmap, ...(fmtp !== undefined && { fmtp }) };
}

/** What a plain peer says of itself. */
export interface PlainTerms {
  readonly address: string;
  readonly direction: 'sendonly' | 'recvonly' | 'sendrecv';
  readonly media: readonly (PlainFormat & { readonly kind: 'audio' | 'video'; readonly port: number })[];
}

/** The description of a plain peer with one format for each m-line. */
export function plainSdp({ address, direction, media }: PlainTerms): string {
  const lines = media.flatMap(({ kind, port, payloadType, rtpmap, fmtp }) => [
    `m=${kind} ${port} RTP/AVP ${payloadType}`,
    `a=${direction}`,
    ...(rtpmap === undefined ? [] : [`a=rtpmap:${payloadType} ${rtpmap}`]),
    ...(fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
  ]);
  const head = ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0'];
  return [...head, ...lines, ''].join('\r\n');
}

function described(reply: Fields, name: 'offer' | 'answer'): string {
  return textOf(fieldsOf(reply[name]), 'sdp');
}
