import type { Reply, Request } from '#services/broker';
import { fieldsOf } from './fields.ts';

/** Stands for the broker: keeps every request, and answers with its data and `tid` unless told otherwise. */
export class RecordingServe {
  readonly requests: Request[] = [];
  /** How to answer from now on. */
  answer: (request: Request) => Reply | Promise<Reply> = echo;

  /** As `Serve`; usable without its object. */
  readonly serve = async (request: Request): Promise<Reply> => {
    this.requests.push(request);
    return await this.answer(request);
  };

  /** Lets requests wait until the function it returns gives them this reply. */
  hold(): (reply: Reply) => void {
    let release: (reply: Reply) => void = () => undefined;
    const gate = new Promise<Reply>((resolve) => (release = resolve));
    this.answer = () => gate;
    return release;
  }

  get last(): Request | undefined {
    return this.requests.at(-1);
  }
}

/** Replies with what the request holds. */
export function echo({ body }: Request): Reply {
  const fields = fieldsOf(body);
  const tid = fields.get('tid');
  return {
    result: 'ok',
    ...((typeof tid === 'string' || typeof tid === 'number') && { tid }),
    data: { echo: fields.get('data') ?? null },
  };
}
