import type { SrtpKeys } from '#janus/media';
import { ReplayWindow } from '#janus/srtp';
import type { Clock } from '#services/kernel';
import type { Certificate } from './certificate.ts';
import { ClientHandshake } from './handshake/client-handshake.ts';
import { FlightSender } from './handshake/flight-sender.ts';
import { MessageReader } from './handshake/message-reader.ts';
import { contentType, messageType, PeerRefused } from './handshake/message.ts';
import type { Fingerprint } from './handshake/peer-proof.ts';
import { recordHeaderBytes, type RecordProtection } from './handshake/record-keys.ts';
import { ServerHandshake } from './handshake/server-handshake.ts';
import { RecordFilter, type RecordVerdict } from './record-filter.ts';

export type { Fingerprint } from './handshake/peer-proof.ts';

/** What one DTLS association is told when it is made. */
export interface DtlsOptions {
  /** Ours: the server has `a=setup:passive`. */
  readonly role: 'client' | 'server';
  readonly certificate: Certificate;
  /** Of the peer; one of them must fit its certificate. */
  readonly fingerprints: readonly Fingerprint[];
  readonly clock: Clock;
}

/** What a DTLS association tells its owner. */
export type DtlsEvent =
  /** The handshake is done and the peer has proven to be who the SDP names. Told once. */
  | { readonly type: 'connected'; readonly inbound: SrtpKeys; readonly outbound: SrtpKeys }
  | { readonly type: 'data'; readonly bytes: Buffer }
  /** The peer said goodbye, under protection. The last event. */
  | { readonly type: 'closed' }
  /** The handshake cannot succeed. The last event. */
  | { readonly type: 'failed'; readonly cause: unknown };

/** Level and description (RFC 5246 section 7.2). */
const closeNotify = Buffer.from([1, 0]);
const fatal = 2;

/** What a parser threw at has no number of its own. */
const decodeError = 50;

/** The number of a record within its epoch (RFC 6347 section 4.1). */
const recordNumberAt = 5;
const recordNumberBytes = 6;

type State = 'new' | 'handshake' | 'connected' | 'ended';

/**
 * One DTLS 1.2 association (RFC 6347, RFC 5764): our record filter, our order and proof of every message, werift's
 * flights. A record that cannot be what it says is dropped; a peer that is not who its SDP names ends it.
 */
export class DtlsTransport implements Disposable {
  readonly #send: (datagram: Buffer) => void;
  readonly #onEvent: (event: DtlsEvent) => void;
  readonly #filter: RecordFilter;
  readonly #reader = new MessageReader();
  readonly #sender: FlightSender;
  /** Undefined once it has its outcome. */
  #handshake: ServerHandshake | ClientHandshake | undefined;
  #protection: RecordProtection | undefined;
  /** By the numbers of records with application data: handshakes may be repeated as they were. */
  readonly #heard = new ReplayWindow();
  #state: State = 'new';
  /** Records dropped so far, by the reason of the filter, or because they came before. */
  readonly dropped: Record<Exclude<RecordVerdict, 'pass' | 'alert'> | 'replayed', number> = {
    malformed: 0,
    unexpected: 0,
    too_many: 0,
    replayed: 0,
  };

  /** `send` takes datagrams that nobody changes later; no event comes before `start`. */
  constructor(options: DtlsOptions, send: (datagram: Buffer) => void, onEvent: (event: DtlsEvent) => void) {
    const { role, certificate, fingerprints, clock } = options;
    this.#send = send;
    this.#onEvent = onEvent;
    this.#filter = new RecordFilter(role);
    this.#sender = new FlightSender(clock, (datagram) => {
      if (this.#state !== 'ended') this.#send(datagram);
    });
    const Handshake = role === 'server' ? ServerHandshake : ClientHandshake;
    this.#handshake = new Handshake(certificate, fingerprints);
  }

  /** Begins the handshake: a client speaks first, a server listens from now on. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'handshake';
    const flight = this.#handshake?.begin() ?? [];
    if (flight.length > 0) this.#sender.say(flight, false);
  }

  /** Takes one datagram from the peer's proven address. Copies what it keeps. */
  receive(datagram: Buffer, now: number): void {
    for (let at = 0; at < datagram.length && this.#isOpen;) {
      const bytes = RecordFilter.recordBytes(datagram, at);
      if (bytes === undefined) return void (this.dropped.malformed += 1);
      this.#receiveRecord(datagram.subarray(at, at + bytes), now);
      at += bytes;
    }
  }

  /** Sends application data; dropped unless connected. */
  sendData(bytes: Buffer): void {
    if (this.#state === 'connected') this.#sender.sendProtected(contentType.applicationData, bytes);
  }

  /** Says goodbye if there is somebody to say it to (RFC 5246 section 7.2.1), and ends. No event follows. */
  [Symbol.dispose](): void {
    if (this.#state === 'connected') this.#sender.sendProtected(contentType.alert, closeNotify);
    this.#end();
  }

  get #isOpen(): boolean {
    return this.#state === 'handshake' || this.#state === 'connected';
  }

  #receiveRecord(record: Buffer, now: number): void {
    const verdict = this.#filter.judge(record, this.#state === 'connected', now);
    if (verdict !== 'pass' && verdict !== 'alert') return void (this.dropped[verdict] += 1);
    const isClear = record.readUInt16BE(3) === 0;
    const content = isClear ? record.subarray(recordHeaderBytes) : this.#protection?.open(record);
    if (content === undefined) return void (this.dropped.unexpected += 1);
    switch (record.readUInt8(0)) {
      case contentType.handshake:
        return this.#takeHandshake(content, !isClear, now);
      case contentType.alert:
        return this.#takeAlert(content);
      case contentType.applicationData:
        return this.#takeData(record.readUIntBE(recordNumberAt, recordNumberBytes), content);
    }
  }

  /** Each record once (RFC 6347 section 4.1.2.6): a copy of one is no sign of life. */
  #takeData(number: number, bytes: Buffer): void {
    if (!this.#heard.isFresh(number)) return void (this.dropped.replayed += 1);
    this.#heard.add(number);
    this.#onEvent({ type: 'data', bytes });
  }

  /** It was protected with the keys of this association, or it would not be here. */
  #takeAlert(content: Buffer): void {
    const isLast = content[0] === fatal || content[1] === closeNotify[1];
    if (this.#state === 'connected' && isLast) this.#finish({ type: 'closed' });
    else this.dropped.unexpected += 1;
  }

  #takeHandshake(content: Buffer, isProtected: boolean, now: number): void {
    // A peer repeats its Finished if ours was lost; nothing else of a handshake comes after it.
    if (this.#state === 'connected' && content[0] !== messageType.finished)
      return void (this.dropped.unexpected += 1);
    const verdict = this.#reader.take(content, isProtected);
    if (verdict === 'malformed') this.dropped.malformed += 1;
    else if (verdict === 'repeated') this.#sender.answerAgain(now);
    while (this.#state === 'handshake' && this.#takeMessage());
  }

  /** False if the message that is due is not there. */
  #takeMessage(): boolean {
    const message = this.#reader.next();
    const handshake = this.#handshake;
    if (message === undefined || handshake === undefined) return false;
    try {
      const flight = handshake.take(message);
      const { outcome, protection } = handshake;
      if (protection !== undefined) this.#protect(protection);
      // Whoever has the last word must be able to repeat it; the other one has been answered.
      if (flight.length > 0) this.#sender.say(flight, outcome !== undefined);
      else if (outcome !== undefined) this.#sender[Symbol.dispose]();
      if (outcome !== undefined) this.#connect(outcome);
    } catch (cause) {
      this.#refuse(cause);
    }
    return true;
  }

  #protect(protection: RecordProtection): void {
    this.#protection ??= protection;
    this.#sender.protect(this.#protection);
  }

  #connect({ inbound, outbound }: { inbound: SrtpKeys; outbound: SrtpKeys }): void {
    this.#handshake = undefined;
    this.#state = 'connected';
    this.#onEvent({ type: 'connected', inbound, outbound });
  }

  /** The peer is told, in clear, so that it need not wait for a time-out. */
  #refuse(cause: unknown): void {
    const description = cause instanceof PeerRefused ? cause.alert : decodeError;
    this.#sender.sendClear(contentType.alert, Buffer.from([fatal, description]));
    this.#finish({ type: 'failed', cause });
  }

  #finish(event: DtlsEvent): void {
    this.#end();
    this.#onEvent(event);
  }

  #end(): void {
    this.#state = 'ended';
    this.#handshake = undefined;
    this.#sender[Symbol.dispose]();
  }
}
