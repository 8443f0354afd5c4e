import { MediaError } from '#schemas';
import type { ErrorBody, Reply } from '#services/broker';

/** Questions to one caller at the same time. */
const mostOpen = 1000;

interface Question {
  resolve(reply: Reply): void;
  reject(cause: MediaError): void;
}

/** What we asked a caller and wait to be answered, by the number we gave it. */
export class Questions {
  readonly #open = new Map<unknown, Question>();
  #isOver = false;

  get size(): number {
    return this.#open.size;
  }

  /**
   * Sends a question by `send` and waits. Rejects with MediaError `busy` if too many are open, `timeout` when
   * `signal` aborts, `registered_down` when the caller goes.
   */
  ask(tid: number, signal: AbortSignal, send: () => void): Promise<Reply> {
    if (this.#isOver) return Promise.reject(new MediaError('registered_down'));
    if (signal.aborted) return Promise.reject(new MediaError('timeout'));
    if (this.#open.size >= mostOpen) return Promise.reject(new MediaError('busy'));
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#open.delete(tid);
        signal.removeEventListener('abort', giveUp);
      };
      const question: Question = {
        resolve: (reply) => {
          settle();
          resolve(reply);
        },
        reject: (cause) => {
          settle();
          reject(cause);
        },
      };
      const giveUp = (): void => question.reject(new MediaError('timeout'));
      signal.addEventListener('abort', giveUp, { once: true });
      this.#open.set(tid, question);
      send();
    });
  }

  /** Takes a `{result, tid, data}` from the caller; what answers no open question, as events need none, is ignored. */
  settle(answer: ReadonlyMap<string, unknown>): void {
    this.#open.get(answer.get('tid'))?.resolve(replyIn(answer));
  }

  /** The caller is gone. */
  end(): void {
    this.#isOver = true;
    for (const question of [...this.#open.values()]) question.reject(new MediaError('registered_down'));
  }
}

/** A reply from outside as one of ours. Its number and text are the caller's; names are only ours to give. */
function replyIn(answer: ReadonlyMap<string, unknown>): Reply {
  const data = answer.get('data');
  const fields = typeof data === 'object' && data !== null ? data : {};
  if (answer.get('result') === 'ok') return { result: 'ok', data: fields };
  return { result: 'error', data: errorIn(new Map<string, unknown>(Object.entries(fields))) };
}

function errorIn(fields: ReadonlyMap<string, unknown>): ErrorBody {
  const unnamed = new MediaError('internal_error');
  const code = fields.get('code');
  const error = fields.get('error');
  return {
    code: typeof code === 'number' ? code : unnamed.number,
    error: typeof error === 'string' ? error : unnamed.message,
    name: unnamed.code,
  };
}
