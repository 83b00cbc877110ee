// A client that costs little: one kept-alive socket, requests one after another, bodies counted, not kept.
import { connect, type Socket } from 'node:net';

export interface Wire extends Disposable {
  /** Sends a request and resolves when the whole answer has passed. */
  send(
    head: string,
    body?: Uint8Array,
  ): Promise<{ readonly status: number; readonly bodyBytes: number; readonly headers: string }>;
}

export async function openWire(port: number): Promise<Wire> {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let pending: Buffer = Buffer.alloc(0);
  let headers = '';
  let status = 0;
  let due = -1;
  let got = 0;
  let settle:
    | {
        resolve: (value: { status: number; bodyBytes: number; headers: string }) => void;
        reject: (error: Error) => void;
      }
    | undefined;
  const finish = (): void => {
    const waiting = settle;
    settle = undefined;
    due = -1;
    waiting?.resolve({ status, bodyBytes: got, headers });
  };
  socket.on('data', (chunk: Buffer) => {
    if (due >= 0) {
      got += chunk.length;
      if (got >= due) finish();
      return;
    }
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const end = pending.indexOf('\r\n\r\n');
    if (end < 0) return;
    headers = pending.toString('latin1', 0, end);
    status = Number(headers.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(headers)?.[1];
    if (status === 100) {
      pending = pending.subarray(end + 4);
      return;
    }
    due = Number(length ?? 0);
    got = pending.length - end - 4;
    pending = Buffer.alloc(0);
    if (got >= due) finish();
  });
  const broken = (error?: Error): void =>
    settle?.reject(error ?? new Error('the server closed the connection'));
  socket.on('error', broken).on('close', () => broken());
  return {
    send(head, body) {
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
        socket.write(`${head}Host: 127.0.0.1:${port}\r\nContent-Length: ${body?.byteLength ?? 0}\r\n\r\n`);
        if (body !== undefined && body.byteLength > 0) socket.write(body);
      });
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
