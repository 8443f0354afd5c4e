import type { Reply } from '#services/broker';
import type { Log } from '#services/kernel';
import { answering, encodeReply, refusal } from '../replies.ts';

/** A request that can be answered. */
export interface Answerable {
  /** Absent or empty if nobody waits. */
  readonly reply?: string | undefined;
  respond(payload: string): boolean;
}

/**
 * Answers one NATS request, if somebody waits. A reply of more than `mostBytes`, which the server would not take, is
 * replaced by `overload`. Never throws; what cannot be sent is logged.
 */
export function sendReply(
  message: Answerable,
  reply: Reply,
  mostBytes: number | undefined,
  log: Pick<Log, 'warn'>,
): void {
  if (message.reply === undefined || message.reply === '') return;
  try {
    message.respond(fitting(reply, mostBytes, log));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    log.warn({ reason }, 'a reply cannot be sent');
  }
}

function fitting(reply: Reply, mostBytes: number | undefined, log: Pick<Log, 'warn'>): string {
  const text = encodeReply(reply);
  const bytes = Buffer.byteLength(text);
  if (mostBytes === undefined || bytes <= mostBytes) return text;
  log.warn({ bytes, most_bytes: mostBytes }, 'a reply is larger than the NATS server takes');
  const hint = `the reply has ${bytes} bytes, and the NATS server takes ${mostBytes}`;
  return encodeReply(answering(reply, refusal('overload', undefined, hint)));
}
