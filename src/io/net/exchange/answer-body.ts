// An answer's body as a stream that the consumer pulls: bounded in size, failing on silence while bytes are
// wanted (a slow consumer is never blamed on the server), and failing where the connection ends too early.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { formatSize } from '../../../kit/bytes.ts';
import { netErrors } from '../errors.ts';

/** Wraps `message`; `name` is the address for error messages; `closed` runs once when nothing more will come. */
export function createAnswerBody(
  message: IncomingMessage,
  bounds: {
    readonly name: string;
    readonly limitBytes: number;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
    readonly closed: () => void;
  },
): Readable {
  const { name, limitBytes, timeoutMs, signal } = bounds;
  let sizeBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const disarm = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const silent = (): void => {
    body.destroy(netErrors.timed_out(`${name} sent nothing for ${timeoutMs / 1000} s within its answer`));
  };
  const aborted = (): void => {
    body.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  };
  const body = new Readable({
    // Four socket reads: enough to keep the socket busy, little enough to hold for many bodies at once.
    highWaterMark: 256 * 1024,
    read() {
      timer ??= setTimeout(silent, timeoutMs);
      message.resume();
    },
    destroy(error, done) {
      disarm();
      signal?.removeEventListener('abort', aborted);
      if (!message.complete) message.destroy();
      bounds.closed();
      done(error);
    },
  });
  message.pause();
  message.on('data', (chunk: Uint8Array) => {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) {
      body.destroy(netErrors.answer_too_large(`${name} answers with more than ${formatSize(limitBytes)}`));
    } else if (body.push(chunk)) {
      timer?.refresh();
    } else {
      disarm();
      message.pause();
    }
  });
  message.on('end', () => {
    disarm();
    body.push(null);
  });
  const broken = (cause?: unknown): void => {
    if (message.complete || body.destroyed) return;
    body.destroy(netErrors.broken_off(`${name} broke off after ${formatSize(sizeBytes)}`, { cause }));
  };
  message.on('error', broken);
  message.on('close', () => broken());
  if (signal?.aborted === true) aborted();
  else signal?.addEventListener('abort', aborted, { once: true });
  return body;
}
