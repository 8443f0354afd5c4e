import type { ErrorName, MediaError, RoomMessage, RoomNews, SessionId } from '#schemas';

/** Names one waiting request, so that its reply finds it. */
export type RequestNumber = number;

/** A session in a room, and what it is there for. */
export interface Member {
  readonly sessionId: SessionId;
  readonly role: 'publisher' | 'listener';
  readonly userId: string;
  /** The publisher that a listener follows. */
  readonly peerId?: SessionId;
}

/** What the server adds to a message: who sent it, and when. */
export type Sender = Pick<RoomMessage, 'user_id' | 'session_id' | 'timestamp'>;

/** Everything that can happen to a room. */
export type RoomInput =
  | { readonly type: 'start' }
  /** The media server has made the room. */
  | { readonly type: 'opened' }
  /** The media server could not make it, or lost it. */
  | { readonly type: 'failed'; readonly error: MediaError }
  /** Asks to be told when the room can be used. */
  | { readonly type: 'when_open'; readonly request: RequestNumber }
  /** Who asked no longer waits for the reply. */
  | { readonly type: 'cancel'; readonly request: RequestNumber }
  /** A publisher is on its way into the room; one of the next two follows. */
  | { readonly type: 'reserved' }
  | { readonly type: 'taken' }
  | { readonly type: 'given_up' }
  /** A session was made that will publish, or follow `peerId`, once its media is negotiated. */
  | { readonly type: 'expected'; readonly sessionId: SessionId; readonly peerId?: SessionId }
  /** A session publishes or listens from now on; told again when a listener follows somebody else. */
  | { readonly type: 'joined'; readonly member: Member }
  | { readonly type: 'left'; readonly sessionId: SessionId }
  | {
      readonly type: 'slow_link';
      readonly sessionId: SessionId;
      readonly isUplink: boolean | undefined;
      readonly lostPackets: number | undefined;
    }
  | {
      readonly type: 'message';
      readonly request: RequestNumber;
      readonly sender: Sender;
      readonly content: object;
    }
  | { readonly type: 'stop'; readonly reason: ErrorName };

/** Everything a room wants done, in this order. */
export type RoomOutput =
  /** Have the media server make the room. */
  | { readonly type: 'open' }
  /** With the number of the message that was kept, with nothing once the room is open, or with what went wrong. */
  | {
      readonly type: 'reply';
      readonly request: RequestNumber;
      readonly result: number | MediaError | undefined;
    }
  | { readonly type: 'event'; readonly event: RoomNews }
  | { readonly type: 'stop_member'; readonly sessionId: SessionId; readonly reason: ErrorName }
  /** The last output: have the media server destroy the room, forget the id. */
  | { readonly type: 'ended'; readonly reason: ErrorName };
