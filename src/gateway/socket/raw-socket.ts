/** One WebSocket, as the rest of the gateway uses it. */
export interface RawSocket {
  /** Bytes that were sent and that the kernel has not taken yet. */
  readonly bufferedBytes: number;
  /** @param sent called when the kernel has taken it; also when that has failed */
  send(frame: string | Buffer, sent: () => void): void;
  /** Calls `answered` when everything has been read that the client had sent before it read what was sent until now. */
  fence(answered: () => void): void;
  /** Stops reading. What has been read already still arrives. */
  pause(): void;
  resume(): void;
  /** Begins to close. The connection is destroyed if the client does not answer soon. */
  close(code: number, reason: string): void;
  /** Destroys the connection. */
  terminate(): void;
}

/** Gets what happens on a {@link RawSocket}. */
export interface SocketEvents {
  /** A frame of text. */
  received(text: string, bytes: number): void;
  /** A ping or a pong of the WebSocket protocol. A ping has been answered. */
  controlled(): void;
  /** A frame that cannot be read: the socket closes with `code`. */
  broken(code: number): void;
  /** No further frame follows: both sides are closing it, or one of them. @param code of the close frame */
  closing(code: number): void;
  /** Nothing follows. @param code that the client has sent; 1006 for a connection that was lost */
  closed(code: number): void;
}

/** What is known of a client from the handshake. */
export interface Handshake {
  /** Empty if it is not known. */
  readonly address: string;
  /** Of the `Authorization` header. */
  readonly token: string | undefined;
  /** All headers, copied. */
  headers(): Headers;
}
