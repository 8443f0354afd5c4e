/** Why a check comes out otherwise with Debian's Janus as the only engine. */
export interface Difference {
  /** The error that a command gets there; absent if it works, but otherwise. */
  readonly error?: { readonly code: number; readonly name: string };
  readonly why: string;
}

/** A row of nkmedia-api.md Appendix C, or what has none there. */
export type Row = number | 'other';

/** One test of a row; it runs over each transport and against each engine. */
export interface Check {
  readonly row: Row;
  /** What holds; with the row, the name of the test. */
  readonly says: string;
  /** Absent: the same as with the embedded core, which can do everything. */
  readonly janus?: Difference;
}

const noWordForData: Difference = {
  error: { code: 100006, name: 'not_implemented' },
  why: 'the Janus API has no word for it; NkMEDIA never sent one either (section 4.6)',
};

/** The tests of rows 1 to 22, with what is expected of each engine; `test/appendix-c.md` is printed from them. */
export const checks: readonly Check[] = [
  { row: 1, says: 'a session names its backend, whether it asked for one or not' },
  { row: 1, says: 'an unknown backend is refused' },
  { row: 2, says: 'wait_reply brings the answer of an echo, and its media come back' },
  { row: 2, says: 'get_answer brings the answer of an echo' },
  { row: 2, says: 'an echo without an offer is refused' },
  { row: 3, says: 'an echo created with mute_audio brings back the picture alone' },
  { row: 4, says: 'a proxy has no answer until its bridge is answered' },
  { row: 5, says: 'a bridge without an offer gets one from its peer, by wait_reply and by get_offer' },
  { row: 5, says: 'a bridge whose peer is unknown, or is no proxy, is refused' },
  { row: 6, says: 'the answer of a bridge connects its peer with the proxy, media both ways' },
  { row: 6, says: 'what either peer of a bridge writes to its data channel reaches the other' },
  { row: 7, says: 'a proxy whose bridge is answered tells its answer, and that it is a bridge' },
  { row: 8, says: 'get_answer of a proxy waits beyond 5 s for the bridge to be answered' },
  { row: 9, says: 'each leg of a bridge mutes what its own create says' },
  { row: 10, says: 'with master_id the end of the bridge ends the proxy' },
  { row: 10, says: 'with master_id the end of the proxy ends the bridge' },
  { row: 10, says: 'a leg with stop_after_peer false outlives the other' },
  { row: 11, says: 'a caller with plain RTP talks to a callee with WebRTC' },
  { row: 12, says: 'a caller with WebRTC talks to a callee with plain RTP' },
  { row: 13, says: 'update_media is refused on a bridge to plain RTP' },
  { row: 14, says: 'publish without a room makes one, and a second publisher finds it' },
  { row: 14, says: 'a room that is given must be there, unless create_room is set' },
  { row: 14, says: 'the old spellings of the options of a room mean the same' },
  { row: 15, says: 'a room that publish makes has the codecs and the bitrate that it names' },
  { row: 15, says: 'the bitrate of a room limits what its publishers send' },
  { row: 15, says: 'a codec that no room has is refused' },
  { row: 16, says: 'the reply to publish names the room' },
  { row: 17, says: 'a listener names its publisher alone, and finds the room' },
  { row: 17, says: 'a listener with an offer, or without a publisher, is refused' },
  { row: 18, says: 'set_answer completes a listener, who then sees and hears the publisher' },
  { row: 18, says: 'a second answer is refused' },
  { row: 19, says: 'candidates of the client may follow its offer' },
  { row: 19, says: 'candidates of the client need no sdpMid' },
  { row: 20, says: 'descriptions of the server do not trickle, and hold their candidates' },
  { row: 21, says: 'audio and video are muted and come back at any moment' },
  { row: 21, says: 'data are muted and come back at any moment', janus: noWordForData },
  { row: 21, says: 'each leg of a bridge is muted and comes back at any moment' },
  { row: 21, says: 'data of a bridge are muted and come back at any moment', janus: noWordForData },
  { row: 21, says: 'a publisher is muted for all who listen, and a listener for itself' },
  { row: 21, says: 'bitrate limits what the client sends' },
  { row: 22, says: 'set_type moves a listener to another publisher without a new negotiation' },
  { row: 22, says: 'a listener becomes nothing but a listener, of its own room' },
  {
    row: 'other',
    says: 'a parked session gets nothing back until it becomes an echo, and nothing again later',
  },
  {
    row: 'other',
    says: 'data of a parked session do not come back',
    janus: { why: 'they do: the Janus API has no word for muting them' },
  },
  {
    row: 'other',
    says: 'get_stats tells what came and went',
    janus: {
      error: { code: 100006, name: 'not_implemented' },
      why: 'Janus tells statistics in its Admin API alone',
    },
  },
];

/** The name of a test, without transport and engine. */
export function nameOf({ row, says }: Check): string {
  return row === 'other' ? says : `row ${row}: ${says}`;
}
