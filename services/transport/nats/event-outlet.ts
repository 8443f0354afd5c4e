/** Where an EventOutlet publishes: a NATS connection. */
export interface Publishing {
  publish(subject: string, payload: string): void;
  /** Resolves when the server has taken all that was published before; rejects when the connection is lost. */
  flush(): Promise<void>;
}

/** Events on their way to the server at most; media-security.md section 2.6. */
const mostUnconfirmed = 10_000;

/** One connection and what was sent over it since the server last confirmed. */
interface Attachment {
  readonly target: Publishing;
  unconfirmed: number;
  isFlushing: boolean;
}

/**
 * Publishes events without waiting, and without an unbounded backlog when the server reads slowly: above the bound
 * of unconfirmed ones events are dropped, which their `seq` shows.
 */
export class EventOutlet {
  readonly #capacity: number;
  #attachment: Attachment | undefined;
  #dropped = 0;

  constructor(capacity = mostUnconfirmed) {
    this.#capacity = capacity;
  }

  /** Events lost so far, because there was no connection or it was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Uses this connection from now on; undefined while there is none. */
  attach(target: Publishing | undefined): void {
    this.#attachment = target && { target, unconfirmed: 0, isFlushing: false };
  }

  /** Publishes one event; false if it was dropped. Throws what the connection throws, for example for its size. */
  publish(subject: string, payload: string): boolean {
    const attachment = this.#attachment;
    if (attachment === undefined || attachment.unconfirmed >= this.#capacity) {
      this.#dropped += 1;
      return false;
    }
    attachment.target.publish(subject, payload);
    attachment.unconfirmed += 1;
    if (!attachment.isFlushing) void this.#confirm(attachment);
    return true;
  }

  async #confirm(attachment: Attachment): Promise<void> {
    attachment.isFlushing = true;
    try {
      while (attachment.unconfirmed > 0) {
        const sent = attachment.unconfirmed;
        await attachment.target.flush();
        attachment.unconfirmed -= sent;
      }
    } catch {
      // The connection was lost and with it the events; whoever keeps the connection attaches the next one.
    }
    attachment.isFlushing = false;
  }
}
