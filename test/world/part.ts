// A part of an installation as its owner's other program would be one: keys of node:crypto, proofs by hand, requests
// over node:https that believe the instance's authority alone and know the instance by its SPIFFE ID.
import assert from 'node:assert/strict';
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto';
import { Agent, request } from 'node:https';
import type { PartCertificate } from '../../src/entry/http/contract-part.ts';

export interface HeldPart {
  readonly key: KeyObject;
  readonly told: PartCertificate;
}

export function createPartKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}

/** Over the four lines that the guide has. */
export function prove(signer: KeyObject, host: string, right: Uint8Array, key: KeyObject): string {
  const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const text = `plimsoll part key v1\n${host}\n${hex(right)}\n${hex(spkiOf(key))}\n`;
  return sign('sha256', Buffer.from(text), signer).toString('base64');
}

export function joinBody(host: string, invitation: string, key: KeyObject) {
  const publicKey = spkiOf(key).toString('base64');
  return { invitation, publicKey, proof: prove(key, host, Buffer.from(invitation), key) };
}

export function renewBody(host: string, held: HeldPart, key: KeyObject) {
  const der = new X509Certificate(held.told.certificate).raw;
  return {
    certificate: der.toString('base64'),
    publicKey: spkiOf(key).toString('base64'),
    proof: prove(key, host, der, key),
    formerProof: prove(held.key, host, der, key),
  };
}

export interface PartAnswer {
  readonly status: number;
  readonly text: string;
  /** The certificate that the instance showed. */
  readonly server: X509Certificate | undefined;
}

/** An agent that keeps one connection, as a program would that asks often. */
export function keepOne(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

export interface PartRequest {
  readonly path: string;
  readonly agent?: Agent;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In place of what it was given: PEM. Null shows none. */
  readonly shown?: { readonly certificate: string; readonly key: string } | null;
}

/** Rejects where the handshake fails, or the instance is not who the part was told it is. */
export function askAsPart(held: HeldPart, wish: PartRequest): Promise<PartAnswer> {
  const { told, key } = held;
  const own = { certificate: told.certificate, key: key.export({ format: 'pem', type: 'pkcs8' }).toString() };
  const shown = wish.shown === undefined ? own : wish.shown;
  return new Promise((resolve, reject) => {
    let server: X509Certificate | undefined;
    const sent = request(
      new URL(wish.path, told.address),
      {
        method: wish.method ?? 'GET',
        agent: wish.agent ?? false,
        ca: told.authorities,
        minVersion: 'TLSv1.3',
        headers: { ...wish.headers },
        ...(shown === null ? {} : { cert: shown.certificate, key: shown.key }),
        checkServerIdentity: (_host, { raw }) => {
          server = new X509Certificate(raw);
          const uris = (server.subjectAltName ?? '').split(', ').filter((one) => one.startsWith('URI:'));
          return uris.length === 1 && uris[0] === `URI:${told.serverId}`
            ? undefined
            : new Error(`the server is ${uris.join(' ')}`);
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString(), server }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(wish.body);
  });
}

/** The code of a failure, also of one that the registry tells. */
export function codeOf({ text }: Pick<PartAnswer, 'text'>): string {
  const value = JSON.parse(text) as { code?: string; errors?: { detail?: { code?: string } }[] };
  const code = value.code ?? value.errors?.[0]?.detail?.code;
  assert.ok(code !== undefined, text);
  return code;
}
