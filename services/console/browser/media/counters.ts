// What a WebRTC statistics report says, in the numbers the page shows. No DOM here: it also runs in Node's tests.
// Names of reports and fields: W3C webrtc-stats.
import { isObject, numberIn, textIn, type JsonObject } from '../json.ts';

/** One direction of audio or video. What the browser does not report is absent. */
export interface StreamCounters {
  readonly packets: number;
  readonly bytes: number;
  /** Sent: what the broker reports as lost on its side. */
  readonly lost?: number;
  readonly jitterMs?: number;
  readonly codec?: string;
  /** Audio: 0 to 1, linear. */
  readonly level?: number;
  /** Video: encoded if sent, decoded if received. */
  readonly frames?: number;
  readonly framesPerSecond?: number;
  /** Video, in pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** Both directions of audio or video. */
export interface MediaCounters {
  readonly sent: StreamCounters;
  readonly received: StreamCounters;
}

/** Messages and bytes of the data channel. */
export interface ChannelCounters {
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** The connection under all of it. */
export interface PathCounters {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly roundTripMs?: number;
  /** What the browser thinks it may send. */
  readonly availableBitsPerSecond?: number;
  readonly dtlsCipher?: string;
  readonly srtpCipher?: string;
  readonly tlsVersion?: string;
  readonly local?: string;
  readonly remote?: string;
}

/** Everything at one moment. */
export interface Counters {
  /** Milliseconds; only differences mean anything. */
  readonly atMs: number;
  readonly audio: MediaCounters;
  readonly video: MediaCounters;
  readonly data: ChannelCounters;
  readonly path: PathCounters;
}

/** Bits per second since the counters before. */
export interface Rates {
  readonly audioSent: number;
  readonly audioReceived: number;
  readonly videoSent: number;
  readonly videoReceived: number;
}

type Reports = ReadonlyMap<string, JsonObject>;

/** Reads the values of an RTCStatsReport. Reports that lack what we look for count as zero or absent. */
export function countersOf(values: Iterable<unknown>, atMs: number): Counters {
  const reports = new Map([...values].filter(isObject).map((report) => [textIn(report, 'id') ?? '', report]));
  return {
    atMs,
    audio: mediaCounters(reports, 'audio'),
    video: mediaCounters(reports, 'video'),
    data: channelCounters(reports),
    path: pathCounters(reports),
  };
}

/** One picture of two connections, of which one sends and one receives; the path is that of `received`. */
export function joined(sent: Counters, received: Counters): Counters {
  return {
    ...received,
    audio: { sent: sent.audio.sent, received: received.audio.received },
    video: { sent: sent.video.sent, received: received.video.received },
  };
}

/** How fast the media went between two moments. Zero for a counter that started anew. */
export function ratesBetween(before: Counters, after: Counters): Rates {
  const seconds = (after.atMs - before.atMs) / 1000;
  const rate = (from: StreamCounters, to: StreamCounters): number =>
    seconds > 0 ? Math.max(0, Math.round(((to.bytes - from.bytes) * 8) / seconds)) : 0;
  return {
    audioSent: rate(before.audio.sent, after.audio.sent),
    audioReceived: rate(before.audio.received, after.audio.received),
    videoSent: rate(before.video.sent, after.video.sent),
    videoReceived: rate(before.video.received, after.video.received),
  };
}

function find(reports: Reports, type: string, kind?: string): JsonObject {
  for (const report of reports.values()) {
    if (report['type'] === type && (kind === undefined || report['kind'] === kind)) return report;
  }
  return {};
}

function mediaCounters(reports: Reports, kind: 'audio' | 'video'): MediaCounters {
  const sent = find(reports, 'outbound-rtp', kind);
  const heard = find(reports, 'remote-inbound-rtp', kind);
  const received = find(reports, 'inbound-rtp', kind);
  return {
    sent: defined({
      packets: numberIn(sent, 'packetsSent') ?? 0,
      bytes: numberIn(sent, 'bytesSent') ?? 0,
      lost: numberIn(heard, 'packetsLost'),
      jitterMs: milliseconds(heard, 'jitter'),
      level: numberIn(find(reports, 'media-source', kind), 'audioLevel'),
      frames: numberIn(sent, 'framesEncoded'),
      ...common(reports, sent),
    }),
    received: defined({
      packets: numberIn(received, 'packetsReceived') ?? 0,
      bytes: numberIn(received, 'bytesReceived') ?? 0,
      lost: numberIn(received, 'packetsLost'),
      jitterMs: milliseconds(received, 'jitter'),
      level: numberIn(received, 'audioLevel'),
      frames: numberIn(received, 'framesDecoded'),
      ...common(reports, received),
    }),
  };
}

/** What both directions report under the same names. */
function common(reports: Reports, stream: JsonObject): Undefinable<StreamCounters> {
  const codec = reports.get(textIn(stream, 'codecId') ?? '');
  return {
    codec: codec && textIn(codec, 'mimeType')?.replace(/^(audio|video)\//, ''),
    framesPerSecond: numberIn(stream, 'framesPerSecond'),
    width: numberIn(stream, 'frameWidth'),
    height: numberIn(stream, 'frameHeight'),
  };
}

function channelCounters(reports: Reports): ChannelCounters {
  const channel = find(reports, 'data-channel');
  const count = (field: string): number => numberIn(channel, field) ?? 0;
  return {
    messagesSent: count('messagesSent'),
    messagesReceived: count('messagesReceived'),
    bytesSent: count('bytesSent'),
    bytesReceived: count('bytesReceived'),
  };
}

function pathCounters(reports: Reports): PathCounters {
  const transport = find(reports, 'transport');
  const pair = reports.get(textIn(transport, 'selectedCandidatePairId') ?? '') ?? {};
  return defined({
    bytesSent: numberIn(transport, 'bytesSent') ?? 0,
    bytesReceived: numberIn(transport, 'bytesReceived') ?? 0,
    roundTripMs: milliseconds(pair, 'currentRoundTripTime'),
    availableBitsPerSecond: numberIn(pair, 'availableOutgoingBitrate'),
    dtlsCipher: textIn(transport, 'dtlsCipher'),
    srtpCipher: textIn(transport, 'srtpCipher'),
    tlsVersion: textIn(transport, 'tlsVersion'),
    local: addressOf(reports.get(textIn(pair, 'localCandidateId') ?? '')),
    remote: addressOf(reports.get(textIn(pair, 'remoteCandidateId') ?? '')),
  });
}

function addressOf(candidate: JsonObject | undefined): string | undefined {
  if (candidate === undefined) return undefined;
  const address = textIn(candidate, 'address') ?? '';
  // Browsers hide addresses from pages that may not use camera or microphone.
  const host = address === '' ? '(hidden)' : address.includes(':') ? `[${address}]` : address;
  return `${host}:${numberIn(candidate, 'port') ?? '?'} ${textIn(candidate, 'protocol') ?? ''}`.trim();
}

function milliseconds(report: JsonObject, field: string): number | undefined {
  const seconds = numberIn(report, field);
  return seconds === undefined ? undefined : seconds * 1000;
}

type Undefinable<Shape> = { readonly [Field in keyof Shape]?: Shape[Field] | undefined };

/** The same without the fields that are undefined. */
function defined<Shape extends object>(fields: {
  readonly [Field in keyof Shape]: Shape[Field] | undefined;
}): Shape;
function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
