/** One session as the rules of links see it, and nothing else. */
export interface ModelSession {
  readonly id: string;
  readonly type: 'p2p' | 'echo' | 'proxy' | 'bridge';
  /** Of a bridge: its proxy. */
  readonly peer?: string;
  readonly slaves: Set<string>;
  readonly bridges: Set<string>;
  master?: string | undefined;
  answeredBy?: string | undefined;
  stopsAfterPeer: boolean;
  isAnswered: boolean;
  isParked: boolean;
}

/** The rules of nkmedia-api.md sections 3.4 and 3.5 in their plainest form: who lives, who follows whom. */
export class SessionModel {
  readonly alive = new Map<string, ModelSession>();
  made = 0;

  end(id: string): void {
    const session = this.alive.get(id);
    if (session === undefined) return;
    this.alive.delete(id);
    const { master, slaves, bridges, peer } = session;
    for (const other of new Set([master, ...slaves, peer, ...bridges])) this.#lose(other, id);
  }

  /** Of a bridge: its proxy has the answer too, from that one. */
  answer(session: ModelSession): void {
    session.isAnswered = true;
    const other = this.alive.get(session.peer ?? session.master ?? '');
    if (other === undefined) return;
    if (session.type === 'bridge') other.isAnswered = true;
    if (session.type === 'bridge' || (session.type === 'p2p' && other.type === 'p2p'))
      other.answeredBy ??= session.id;
  }

  link(slave: ModelSession, master: ModelSession): void {
    slave.master = master.id;
    master.slaves.add(slave.id);
  }

  unlink(session: ModelSession): void {
    const others = [...session.slaves, ...(session.master === undefined ? [] : [session.master])];
    for (const other of others) {
      this.#forget(session, other);
      const there = this.alive.get(other);
      if (there !== undefined) this.#forget(there, session.id);
    }
  }

  /** Whether one is above the other. */
  isAbove(id: string, below: ModelSession): boolean {
    if (below.master === undefined) return false;
    const master = this.alive.get(below.master);
    return below.master === id || (master !== undefined && this.isAbove(id, master));
  }

  #forget(session: ModelSession, other: string): void {
    session.slaves.delete(other);
    if (session.master === other) session.master = undefined;
    if (session.answeredBy === other && !session.bridges.has(other)) session.answeredBy = undefined;
  }

  #lose(id: string | undefined, gone: string): void {
    const session = id === undefined ? undefined : this.alive.get(id);
    if (session === undefined) return;
    const { isDecisive, isBridged } = this.#lossOf(session, gone);
    // Who rings has no media, and will have none.
    const rings = session.peer === gone && !session.isAnswered;
    if (rings || (session.stopsAfterPeer && (isDecisive || isBridged))) this.end(session.id);
    else if (isBridged && session.isAnswered) session.isParked = true;
  }

  #lossOf(session: ModelSession, gone: string): { isDecisive: boolean; isBridged: boolean } {
    const { master, slaves, answeredBy, peer } = session;
    const wasSlave = slaves.delete(gone);
    const isLast = answeredBy === undefined && slaves.size === 0;
    const isChosen = answeredBy === gone;
    session.bridges.delete(gone);
    if (master === gone) session.master = undefined;
    if (isChosen) session.answeredBy = undefined;
    return {
      isDecisive: master === gone || (wasSlave && (isChosen || isLast)),
      isBridged: peer === gone || isChosen,
    };
  }
}
