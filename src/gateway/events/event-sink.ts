/** What subscribers are sent through: one socket, which carries any number of them. */
export interface EventSink {
  /** Whether it has as much to send as the limit allows. */
  readonly isFull: boolean;
  /** Sends a frame. The text or bytes are a message or an array of messages. */
  send(frame: string | Buffer): void;
  /** Calls `resume` of a reader once the socket is not full any more. */
  whenRoom(reader: BlockedReader): void;
  /** Closes the socket: its client has not read what it may not miss. */
  overtaken(): void;
}

/** What waits for room in the send buffer of a socket. */
export interface BlockedReader {
  resume(): void;
}
