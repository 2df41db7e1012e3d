/** The answer of a function that may refuse. */
export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E };

/**
 * The state of the connection: an attempt is under way, it is open, the next attempt will come, or it is closed for
 * good.
 */
export type ConnectionState = "connecting" | "open" | "waiting" | "closed";

/** More about a change of the state. */
export interface ConnectionDetails {
  /** The number of attempts that have failed in a row. */
  failures: number;
  /** The time until the next attempt in milliseconds, if the client waits for it. */
  wait?: number | undefined;
  /** The reason of the wait. */
  why?: ConnectionLoss | undefined;
}

/**
 * Why there is no connection: it was closed, by the server or with code 1006 by the network; `connect` or the function that
 * gives the URL has thrown; the device is offline; or the server has given no sign of life in time.
 */
export type ConnectionLoss =
  | { reason: "closed"; code: number; message: string }
  | { reason: "error"; error: unknown }
  | { reason: "offline" }
  | { reason: "silent" };

/** The options of all clients. Times are in milliseconds. */
export interface ConnectionOptions {
  /**
   * The longest time from a call to its answer, 10,000 if it is not given. A call that is made without a connection
   * waits for one, within this time. `Infinity` waits for ever.
   */
  timeout?: number;
  /** The number of calls that may wait for a connection, 100 if it is not given. One more is not sent. */
  longestQueue?: number;
  /** The longest wait between two attempts to connect, 30,000 if it is not given. Each wait is a random part of it. */
  longestWait?: number;
  /**
   * The longest silence of the server, 45,000 if it is not given. Then the client asks for a sign of life, and gives
   * the connection up if there is none for 10 seconds. `Infinity` never asks.
   */
  longestSilence?: number;
  /** Makes a socket, where there is no `WebSocket`, or to pass headers. */
  connect?: (url: string, protocol: string) => ConnectionSocket;
  /**
   * Is told each change of the state. Without this function, an error of `connect` or of the function that gives the URL
   * is reported.
   */
  state?: (state: ConnectionState, details: ConnectionDetails) => void;
  /**
   * The server has closed the connection for good with a code that this client does not know: 1002 if the server has
   * another version of the protocol, 1003, 1007 or 1009 if it did not understand a message, or a code that is newer than
   * this client. Without this function, the error is reported.
   */
  failed?: (error: CallError) => void;
}

/** A socket as browsers have it. */
export interface ConnectionSocket {
  readonly readyState: number;
  onopen: any;
  onmessage: any;
  onclose: any;
  onerror: any;
  send(text: string): void;
  close(code?: number): void;
}

/** A topic that was joined. */
export interface JoinedTopic {
  /** Leaves the topic. Other parts of the page that have joined it go on to hear it. */
  leave(): void;
}

type LevanteUrl = string | (() => string | Promise<string>);
type LevanteKinds = { tag: string; variants: readonly string[] } | undefined;
type LevanteCall = {
  id?: number;
  text: string;
  sent: boolean;
  timer?: any;
  answered?: (frame: any) => void;
  failed?: (error: any) => void;
};
type LevanteMember = { handlers: any; kinds: LevanteKinds; missed: unknown[] | undefined };
type LevanteTopic = { name: string; members: Set<LevanteMember>; isJoined: boolean };
