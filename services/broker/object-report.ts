import type { ErrorName } from '#schemas';
import type { Log, Random } from '#services/kernel';
import type { EventObject, EventPublisher } from './event-publisher.ts';

/** Where an ObjectReport goes. */
export interface ReportParts {
  readonly events: EventPublisher;
  readonly random: Random;
  /** Of the object: its lines carry its id. */
  readonly log: Log;
}

/** Tells what becomes of one object: its events, and in the log its end and its faults. */
export class ObjectReport {
  readonly #about: EventObject;
  readonly #parts: ReportParts;

  constructor(about: EventObject, parts: ReportParts) {
    this.#about = about;
    this.#parts = parts;
  }

  tell(type: string, body: object): void {
    this.#parts.events.publish(this.#about, type, body);
  }

  /** The object is over; who subscribed to it alone hears no more. */
  ended(reason: ErrorName): void {
    this.#parts.log.info({ reason }, `${this.#about.subclass} ended`);
    this.#parts.events.end(this.#about);
  }

  /** Returns the reference under which the log has the cause. */
  fault(err: unknown): string {
    const reference = this.#parts.random.uuid();
    this.#parts.log.error({ err, reference }, `a ${this.#about.subclass} failed unexpectedly`);
    return reference;
  }
}
