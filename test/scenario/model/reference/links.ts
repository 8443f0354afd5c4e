import type { Subject } from './subject.ts';

/** Who must hear of a session's end. */
export function relatives({ master, slaves, proxy, bridges }: Subject): readonly string[] {
  const all = [...(master === undefined ? [] : [master]), ...slaves];
  return [...new Set([...all, ...(proxy === undefined ? [] : [proxy]), ...bridges])];
}

/** Takes a link away on one side; media that is shared stays so. */
export function unlinkFrom(session: Subject, other: string): void {
  session.slaves.delete(other);
  session.kept.delete(other);
  if (session.master === other) session.master = undefined;
  const isBridged = session.bridges.has(other) || session.proxy === other;
  if (session.answeredBy === other && !isBridged) session.answeredBy = undefined;
}

/** Forgets one that ended, and says what that means. */
export function lose(session: Subject, gone: string): { isDecisive: boolean; isBridged: boolean } {
  const { master, slaves, answeredBy, proxy } = session;
  const wasSlave = slaves.delete(gone);
  session.kept.delete(gone);
  const isLast = answeredBy === undefined && slaves.size === 0;
  const isChosen = answeredBy === gone;
  session.bridges.delete(gone);
  if (master === gone) session.master = undefined;
  if (isChosen) session.answeredBy = undefined;
  return {
    isDecisive: master === gone || (wasSlave && (isChosen || isLast)),
    isBridged: proxy === gone || isChosen,
  };
}

/** Whether a session still listens to what another relays. */
export function hears({ slaves, answeredBy }: Subject, from: string): boolean {
  return !slaves.has(from) || answeredBy === undefined || answeredBy === from;
}

/** Whether `id` is somewhere above a session. */
export function isAbove(
  id: string,
  below: Subject,
  find: (id: string | undefined) => Subject | undefined,
): boolean {
  const master = find(below.master);
  return master !== undefined && (master.id === id || isAbove(id, master, find));
}
