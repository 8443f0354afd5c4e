import type { Caller, Request } from '#services/broker';
import type { SignalSource } from '#services/kernel';
import type { RequestMarks } from './request-marks.ts';

/**
 * One request on its way to the broker, whose signal is made for those that look at it.
 *
 * A class, because each literal with a getter has a hidden class of its own, which V8 keeps until its next full
 * collection.
 */
export class AskedRequest implements Request {
  readonly body: unknown;
  readonly caller: Caller;
  readonly requestId?: string;
  readonly traceparent?: string;
  readonly #asked: SignalSource;

  constructor(body: unknown, caller: Caller, asked: SignalSource, marks: RequestMarks = {}) {
    this.body = body;
    this.caller = caller;
    this.#asked = asked;
    if (marks.requestId !== undefined) this.requestId = marks.requestId;
    if (marks.traceparent !== undefined) this.traceparent = marks.traceparent;
  }

  get signal(): AbortSignal {
    return this.#asked.signal;
  }
}
