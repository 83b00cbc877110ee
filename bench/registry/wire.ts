// A client that costs little: one kept-alive socket, requests one after another, bodies read into one buffer that
// all connections share, and counted, not kept. For blobs: wrk reads 8 KiB at a time, which bounds it to 1 GB/s.
// Understands answers with Content-Length alone; that is what every registry sends for a blob.
import { createConnection, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
  /** As received, from the status line on. */
  readonly headers: string;
}

export interface Wire extends Disposable {
  /** Sends a request, whose head ends after its last header line, and resolves when the whole answer has passed. */
  send(head: string, body?: readonly Uint8Array[]): Promise<Answer>;
}

const READ_BYTES = 1024 * 1024;
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

export async function openWire(port: number): Promise<Wire> {
  const reader = createReader();
  const socket: Socket = createConnection({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: shared,
      callback(length, buffer) {
        reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
        return true;
      },
    },
  });
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const broken = (error?: Error): void => reader.fail(error ?? new Error('the server closed the connection'));
  socket.on('error', broken).on('close', () => broken());
  return {
    send(head, body = []) {
      const length = body.reduce((sum, piece) => sum + piece.byteLength, 0);
      const answer = reader.expect();
      socket.cork();
      socket.write(
        `${head}Host: 127.0.0.1:${port}\r\n${body.length === 0 && head.startsWith('GET ') ? '' : `Content-Length: ${length}\r\n`}\r\n`,
      );
      for (const piece of body) socket.write(piece);
      socket.uncork();
      return answer;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

interface Reader {
  expect(): Promise<Answer>;
  read(chunk: Buffer): void;
  fail(error: Error): void;
}

function createReader(): Reader {
  let waiting: PromiseWithResolvers<Answer> | undefined;
  let pending: Buffer = Buffer.alloc(0);
  let current: { readonly status: number; readonly headers: string; readonly dueBytes: number } | undefined;
  let bodyBytes = 0;
  const finish = ({ status, headers }: { status: number; headers: string }): void => {
    current = undefined;
    const settled = waiting;
    waiting = undefined;
    settled?.resolve({ status, headers, bodyBytes });
  };
  return {
    expect() {
      waiting = Promise.withResolvers();
      return waiting.promise;
    },
    read(chunk) {
      if (current !== undefined) {
        bodyBytes += chunk.length;
        if (bodyBytes >= current.dueBytes) finish(current);
        return;
      }
      pending = Buffer.concat([pending, chunk]);
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const headers = pending.toString('latin1', 0, end);
        const status = Number(headers.slice(9, 12));
        const rest = pending.length - end - 4;
        // 100 Continue stands before the answer.
        if (status === 100) {
          pending = pending.subarray(end + 4);
          continue;
        }
        const length = /\r\ncontent-length: *(\d+)/i.exec(headers)?.[1];
        current = { status, headers, dueBytes: Number(length ?? 0) };
        bodyBytes = rest;
        pending = Buffer.alloc(0);
        if (bodyBytes >= current.dueBytes) finish(current);
        return;
      }
    },
    fail(error) {
      waiting?.reject(error);
      waiting = undefined;
    },
  };
}
