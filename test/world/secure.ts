// Requests over TLS with a test's own authority and, where it has one, a client certificate.
import { type Agent, request } from 'node:https';
import type { Pair } from './authority.ts';

export interface SecureWish {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** PEM. */
  readonly ca: string;
  readonly client?: Pick<Pair, 'certificate' | 'key'>;
  /** To keep connections; each request has its own where absent. */
  readonly agent?: Agent;
}

export interface SecureAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Rejects where the handshake fails. */
export function ask(url: string, wish: SecureWish): Promise<SecureAnswer> {
  const { method = 'GET', headers = {}, body, ca, client, agent } = wish;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        headers,
        ca,
        agent: agent ?? false,
        ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
