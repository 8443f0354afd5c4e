import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { parseStun, type StunMessage } from '../../../backend-janus/webrtc/ice/stun-message.ts';
import { hasIntegrity, printStun } from '../../../backend-janus/webrtc/ice/stun-printer.ts';
import type { IceCredentials } from '../../../backend-janus/webrtc/ice/credentials.ts';

/** Both sides of one ICE session, and how to reach the other. */
export interface IceAgentOptions {
  readonly local: IceCredentials;
  readonly remote: IceCredentials;
  readonly isControlling: boolean;
  readonly send: (datagram: Buffer) => void;
  /** Called once: the pair is checked and nominated. */
  readonly onReady: () => void;
}

/** Before the first success: short, so that the server's time is measured and not ours. */
const firstIntervalMs = 20;

/** As browsers do (RFC 7675 section 5.1 asks for 5 s). */
const consentIntervalMs = 2500;

/** RFC 8445 section 5.1.2.1, of a peer-reflexive candidate. */
const priority = 110 * 2 ** 24 + 65_535 * 2 ** 8 + 255;

/** Larger than that of most peers, so that a role conflict is seldom lost. */
const tieBreaker = 0xffff_0000_0000_0000n;

const roleConflict = 487;

/** A full ICE agent with one pair: checks, answers checks, keeps consent alive. */
export class IceAgent implements Disposable {
  readonly #options: IceAgentOptions;
  readonly #localKey: KeyObject;
  readonly #remoteKey: KeyObject;
  #isControlling: boolean;
  #hasSucceeded = false;
  #isNominated = false;
  #isReady = false;
  #timer: NodeJS.Timeout;

  /** Begins to check at once. */
  constructor(options: IceAgentOptions) {
    this.#options = options;
    this.#localKey = createSecretKey(Buffer.from(options.local.password, 'latin1'));
    this.#remoteKey = createSecretKey(Buffer.from(options.remote.password, 'latin1'));
    this.#isControlling = options.isControlling;
    this.#timer = setInterval(this.#check, firstIntervalMs);
    this.#check();
  }

  receive(datagram: Buffer): void {
    const message = parseStun(datagram);
    if (message?.class === 'request') this.#answer(message, datagram);
    else if (message?.class === 'success') this.#succeed(message, datagram);
    else if (message?.class === 'error' && message.errorCode === roleConflict)
      this.#isControlling = !this.#isControlling;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  readonly #check = (): void => {
    const { local, remote, send } = this.#options;
    const role = this.#isControlling
      ? { controlling: tieBreaker, useCandidate: true }
      : { controlled: tieBreaker };
    const username = `${remote.ufrag}:${local.ufrag}`;
    const transactionId = randomBytes(12);
    send(printStun({ class: 'request', transactionId, username, priority, ...role }, this.#remoteKey));
  };

  #answer(message: StunMessage, datagram: Buffer): void {
    if (!hasIntegrity(message, datagram, this.#localKey)) return;
    const { transactionId } = message;
    const mappedAddress = { address: '127.0.0.2', port: 9 };
    this.#options.send(printStun({ class: 'success', transactionId, mappedAddress }, this.#localKey));
    this.#isNominated ||= message.useCandidate;
    this.#considerReady();
  }

  #succeed(message: StunMessage, datagram: Buffer): void {
    if (this.#hasSucceeded || !hasIntegrity(message, datagram, this.#remoteKey)) return;
    this.#hasSucceeded = true;
    clearInterval(this.#timer);
    this.#timer = setInterval(this.#check, consentIntervalMs);
    this.#considerReady();
  }

  #considerReady(): void {
    if (this.#isReady || !this.#hasSucceeded || !(this.#isControlling || this.#isNominated)) return;
    this.#isReady = true;
    this.#options.onReady();
  }
}
