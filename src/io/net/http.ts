// What one may ask of another server and what comes back: the words of the HTTP client (fetch.ts).
// Types only, so that the client's parts and its users share them without a circle.
import type { Readable } from 'node:stream';
import type { RetryPlan } from './retry.ts';

/** As the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY spell them, handed in by configuration. */
export interface ProxySettings {
  readonly http?: string;
  readonly https?: string;
  /** Hosts, suffixes (`.corp`) or addresses, separated by commas, reached directly. */
  readonly except?: string;
}

/** What is sent. A stream is opened anew for each try, so that retries and redirects can repeat it. */
export type HttpBody = Uint8Array | string | HttpStreamBody;

export interface HttpStreamBody {
  /** Sent as Content-Length; without it the body goes out chunked. */
  readonly sizeBytes?: number;
  /** A fresh stream from the first byte; ended or destroyed by the client. */
  open(): Readable | Promise<Readable>;
}

export interface HttpRequest {
  readonly url: string | URL;
  /** GET where absent. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** Aborting throws the signal's own reason, here or from the answer's body. */
  readonly signal?: AbortSignal;
  /** Longest silence while the other side is due: for the connection, the head, and each next byte. */
  readonly timeoutMs?: number;
  /** Most bytes of the answer's body; the next one destroys the stream with `net.answer_too_large`. */
  readonly limitBytes?: number;
  /** Another server gave the address, not who uses this one: whoever is asked there is not shown what part this is. */
  readonly isForeign?: boolean;
  /** `manual` hands a 3xx to the caller as it came. */
  readonly redirects?: 'follow' | 'manual';
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; several headers of one name are joined by a comma and a space. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be read to its end or destroyed (`endBody`), else its connection stays taken. */
  readonly body: Readable;
  /** The address that answered, after redirects. */
  readonly url: URL;
}

export interface Http extends AsyncDisposable {
  /**
   * One request, redirects followed. Throws `net.unreachable`, `net.timed_out`, `net.redirect_refused`,
   * `net.plaintext_refused`, `net.certificate_untrusted`, `net.address_invalid`, `net.answer_malformed`,
   * `net.answer_too_large`, as a part `net.part_server_untrusted`, `net.part_refused` and what finding its certificate
   * throws; the body's stream may fail with `net.broken_off` or `net.timed_out` later.
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * The same, asked again after errors of kind `unavailable` and statuses 408, 429, 500, 502-504, with
   * growing random pauses or as long as Retry-After says. The last answer is returned as it is.
   * The caller sees to it that the request may be repeated.
   */
  requestWithRetry(request: HttpRequest, plan?: RetryPlan): Promise<HttpAnswer>;
  /** Whether plain http to this host is accepted; never where this process is a part of it. */
  allowsPlaintext(url: URL): boolean;
}
