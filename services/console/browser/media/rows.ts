// The counters as a table of texts. No DOM here: it also runs in Node's tests.
import { bitrateText, countText, millisecondsText, nothing, sizeText } from '../format.ts';
import type { ChannelCounters, Counters, PathCounters, Rates, StreamCounters } from './counters.ts';

/** A line of the counter table. */
export interface Row {
  readonly label: string;
  readonly sent: string;
  readonly received: string;
}

/** A part of the table with its own heading. */
export interface RowGroup {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** A fact about the connection as a whole. */
export interface Fact {
  readonly label: string;
  readonly text: string;
}

/** Always the same groups and rows in the same order, whatever is known; the data channel only `withData`. */
export function rowsOf({ audio, video, data }: Counters, rates: Rates, withData = true): readonly RowGroup[] {
  const audioRow = rowOf(audio.sent, audio.received);
  const videoRow = rowOf(video.sent, video.received);
  return [
    {
      title: 'Audio',
      rows: [
        audioRow('Codec', ({ codec }) => codec ?? nothing),
        row('Bitrate', bitrateText(rates.audioSent), bitrateText(rates.audioReceived)),
        ...trafficRows(audioRow),
        audioRow('Level', ({ level }) => levelText(level)),
      ],
    },
    {
      title: 'Video',
      rows: [
        videoRow('Codec', ({ codec }) => codec ?? nothing),
        videoRow('Resolution', resolutionText),
        videoRow('Frames per second', ({ framesPerSecond }) => countText(framesPerSecond)),
        videoRow('Frames', ({ frames }) => countText(frames)),
        row('Bitrate', bitrateText(rates.videoSent), bitrateText(rates.videoReceived)),
        ...trafficRows(videoRow),
      ],
    },
    ...(withData ? [dataGroup(data)] : []),
  ];
}

function dataGroup(data: ChannelCounters): RowGroup {
  return {
    title: 'Data channel',
    rows: [
      row('Messages', countText(data.messagesSent), countText(data.messagesReceived)),
      row('Bytes', sizeText(data.bytesSent), sizeText(data.bytesReceived)),
    ],
  };
}

/** Always the same facts in the same order, whatever is known. */
export function factsOf(path: PathCounters): readonly Fact[] {
  return [
    { label: 'Round-trip time', text: millisecondsText(path.roundTripMs) },
    { label: 'May send', text: bitrateText(path.availableBitsPerSecond) },
    { label: 'DTLS', text: dtlsText(path) },
    { label: 'SRTP', text: path.srtpCipher?.replace(/^SRTP_/, '') ?? nothing },
    { label: 'This browser', text: path.local ?? nothing },
    { label: 'Broker', text: path.remote ?? nothing },
  ];
}

type RowMaker = (label: string, text: (stream: StreamCounters) => string) => Row;

function rowOf(sent: StreamCounters, received: StreamCounters): RowMaker {
  return (label, text) => row(label, text(sent), text(received));
}

function row(label: string, sent: string, received: string): Row {
  return { label, sent, received };
}

function trafficRows(make: RowMaker): readonly Row[] {
  return [
    make('Packets', ({ packets }) => countText(packets)),
    make('Bytes', ({ bytes }) => sizeText(bytes)),
    make('Lost', ({ lost }) => countText(lost)),
    make('Jitter', ({ jitterMs }) => millisecondsText(jitterMs)),
  ];
}

/** In decibels relative to full scale: 0 is the loudest. */
function levelText(level: number | undefined): string {
  if (level === undefined) return nothing;
  return level <= 0.00001 ? 'silent' : `${Math.round(20 * Math.log10(level))} dBFS`;
}

function resolutionText({ width, height }: StreamCounters): string {
  return width === undefined || height === undefined ? nothing : `${width}×${height}`;
}

/** The version as in the TLS registry: FEFD is DTLS 1.2 (RFC 6347 section 4.1), FEFC 1.3 (RFC 9147 section 5.3). */
function dtlsText({ tlsVersion, dtlsCipher }: PathCounters): string {
  const version = { FEFD: '1.2', FEFC: '1.3' }[tlsVersion?.toUpperCase() ?? ''] ?? '';
  return `${version} ${dtlsCipher ?? nothing}`.trim();
}
