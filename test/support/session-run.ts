import assert from 'node:assert/strict';
import { MediaError, sessionId, type Description, type ErrorName } from '#schemas';
import { Driver } from '#services/kernel';
import { Session, type SessionConfig, type SessionInput, type SessionOutput } from '#services/session';
import { FakeClock } from './fake-clock.ts';
import { sessionDefaults } from './new-session.ts';

/** An offer, complete. */
export const offer = Object.freeze({ sdp: 'v=0 offer' });
/** An answer, complete. */
export const answer = Object.freeze({ sdp: 'v=0 answer' });
/** A candidate for the only m-line of `trickled`. */
export const candidate = Object.freeze({
  sdpMid: '0',
  sdpMLineIndex: 0,
  candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
});
/** A description whose candidates follow. */
export const trickled = Object.freeze({ sdp: 'v=0\r\nm=audio 9 x 0\r\na=mid:0\r\n', trickle_ice: true });
/** `trickled` with `candidate` inside. */
export const complete = Object.freeze({
  sdp: `${trickled.sdp}a=${candidate.candidate}\r\n`,
  trickle_ice: false,
});

/** A session and its driver. */
export interface Run {
  readonly clock: FakeClock;
  readonly driver: Driver<SessionInput, SessionOutput>;
  readonly session: Session;
  readonly outputs: SessionOutput[];
  /** Outputs since the last call, in one word each. */
  readonly said: () => string[];
}

/** Starts a session; its `created` event is taken off already. */
export function start(config: Partial<SessionConfig>): Run {
  const clock = new FakeClock();
  const outputs: SessionOutput[] = [];
  const id = sessionId('s');
  const session = new Session({ id, type: 'echo', startTime: 0, ...sessionDefaults, ...config }, clock.now());
  const driver = new Driver(session, clock, {
    perform: (output) => outputs.push(output),
    fault: assert.ifError,
  });
  driver.post({ type: 'start' });
  assert.equal(outputs.splice(0, 1).map(inWords)[0], 'event created');
  return { clock, driver, session, outputs, said: () => outputs.splice(0).map(inWords) };
}

/** The backend has finished an operation. */
export function done(operation: number, local?: Description): SessionInput {
  return { type: 'leg', event: { type: 'done', operation, ...(local && { local }) } };
}

/** The backend has refused an operation. */
export function failed(operation: number, code: ErrorName): SessionInput {
  return { type: 'leg', event: { type: 'failed', operation, error: new MediaError(code) } };
}

function inWords(output: SessionOutput): string {
  switch (output.type) {
    case 'reply':
      return `reply ${output.request} ${output.result instanceof MediaError ? output.result.code : 'ok'}`;
    case 'event':
      return `event ${output.event.type}`;
    case 'backend':
      return `backend ${output.operation} ${output.request.type}`;
    case 'peer':
      return `peer ${output.event.type}`;
    case 'ended':
      return `ended ${output.reason}`;
  }
}
