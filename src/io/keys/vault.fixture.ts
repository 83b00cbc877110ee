// Vault's transit engine for tests, by its documented HTTP API: real keys, which Node holds. `mischief` says what is
// to be wrong. The real Vault is not part of the tests: no registry that they reach has it.
import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import { systemClock, systemRandom } from '../../kit/clock.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp } from '../net/fetch.ts';
import type { Http } from '../net/http.ts';
import { formatEcdsaValue } from './ecdsa-value.ts';
import { generatePrivateKey } from './memory.ts';
import { signDigest, signPss, signSha256 } from './prehashed.fixture.ts';

export const vaultToken = 'hvs.a-secret-token';

export interface FakeVault {
  readonly address: string;
  /** By name: its versions, the first is 1. */
  readonly keys: Map<string, KeyObject[]>;
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly namespace: string | undefined;
  }[];
  /** Answers in place of the engine's, in order, while there are any; with status 0, none comes. */
  readonly answers: { readonly status: number; readonly body: string; readonly location?: string }[];
}

const types: Readonly<Record<string, SignatureAlgorithm>> = {
  'ecdsa-p256': 'ecdsa-p256-sha256',
  'ecdsa-p384': 'ecdsa-p384-sha384',
  'rsa-3072': 'rsa-pkcs1-sha256',
  ed25519: 'ed25519',
};

/** A client without pauses between tries. */
export function createTestHttp(t: TestContext): Http {
  const http = createHttp({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'plimsoll-test',
    wait: async () => {},
  });
  t.after(() => http[Symbol.asyncDispose]());
  return http;
}

export async function startVault(t: TestContext): Promise<FakeVault> {
  const vault: FakeVault = { address: '', keys: new Map(), requests: [], answers: [] };
  const server = createServer((request, response) => void answer(vault, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(vault, { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function answer(vault: FakeVault, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const namespace = request.headers['x-vault-namespace'];
  const [path, method] = [request.url ?? '', request.method ?? ''];
  vault.requests.push({ method, path, namespace: typeof namespace === 'string' ? namespace : undefined });
  const other = vault.answers.shift();
  const denied = { status: 403, body: '{"errors":["permission denied"]}' };
  const given =
    other ??
    (request.headers['x-vault-token'] === vaultToken
      ? await transit(vault, method, path, JSON.parse(text === '' ? '{}' : text))
      : denied);
  if (given.status === 0) return;
  response.writeHead(given.status, {
    'content-type': 'application/json',
    ...(other?.location === undefined ? {} : { location: other.location }),
  });
  response.end(given.body);
}

async function transit(
  vault: FakeVault,
  method: string,
  path: string,
  body: Record<string, unknown>,
): Promise<{ status: number; body: string }> {
  const [, verb, name = ''] = /^\/v1\/transit\/(keys|sign)\/([^/]+)$/.exec(path) ?? [];
  const versions = vault.keys.get(name);
  if (verb === 'keys' && method === 'POST') {
    const algorithm = types[String(body.type)] ?? 'ed25519';
    vault.keys.set(name, [await generatePrivateKey(algorithm)]);
    return { status: 204, body: '' };
  }
  if (versions === undefined) return { status: 404, body: '{"errors":[]}' };
  const data = verb === 'keys' ? keyFacts(versions) : signature(versions, body);
  return { status: 200, body: JSON.stringify({ request_id: 'x', data }) };
}

function keyFacts(versions: readonly KeyObject[]): object {
  const keys = versions.map((key, at) => {
    const open = createPublicKey(key);
    const public_key =
      open.asymmetricKeyType === 'ed25519'
        ? open.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
        : open.export({ format: 'pem', type: 'spki' });
    return [at + 1, { public_key, creation_time: '2026-01-01T00:00:00Z' }];
  });
  return { keys: Object.fromEntries(keys), latest_version: versions.length, supports_signing: true };
}

function signature(versions: readonly KeyObject[], body: Record<string, unknown>): object {
  const version = Number(body.key_version);
  const key = versions[version - 1] as KeyObject;
  const input = Buffer.from(String(body.input), 'base64');
  const signed = key.asymmetricKeyType === 'ed25519' ? sign(null, input, key) : signHashed(key, input, body);
  return { signature: `vault:v${version}:${Buffer.from(signed).toString('base64')}` };
}

/** As the parameters have it, so that a wrong one makes a wrong signature. */
function signHashed(key: KeyObject, input: Uint8Array, body: Record<string, unknown>): Uint8Array {
  const isPrehashed = body.prehashed === true;
  const [, bits = ''] = /^sha2-(256|384|512)$/.exec(String(body.hash_algorithm)) ?? [];
  const curves: Readonly<Record<string, string>> = { prime256v1: '256', secp384r1: '384', secp521r1: '512' };
  const wanted = curves[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? bits;
  if (!isPrehashed || bits === '' || bits !== wanted) return new Uint8Array(1);
  if (key.asymmetricKeyType === 'rsa') {
    if (body.signature_algorithm === 'pkcs1v15')
      return bits === '256' ? signSha256(key, input) : new Uint8Array(1);
    // Vault's own default is PSS, with the longest salt; before 1.12 it knows no other.
    const longest = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8 - input.byteLength - 2;
    return signPss(key, `sha${bits}`, input, body.salt_length === 'hash' ? input.byteLength : longest);
  }
  return body.marshaling_algorithm === 'asn1'
    ? formatEcdsaValue(signDigest(key, input))
    : signDigest(key, input);
}
