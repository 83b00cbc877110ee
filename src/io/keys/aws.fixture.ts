// AWS KMS for tests, by its documented JSON protocol (AWS JSON 1.1): real keys, which Node holds. Against a real
// implementation: test/interop/aws-kms.test.ts.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import type { AwsPlace } from './aws-kms.ts';
import { formatEcdsaValue } from './ecdsa-value.ts';
import { generatePrivateKey } from './memory.ts';
import { signDigest, signPss, signSha256 } from './prehashed.fixture.ts';
import { createTestHttp } from './vault.fixture.ts';

export const awsCredentials = Object.freeze({
  accessKeyId: 'AKIDTEST',
  secretAccessKey: 'wJalrXUtnFEMI-secret',
});

interface AwsKey {
  readonly privateKey: KeyObject;
  readonly spec: string;
  isDeleted: boolean;
}

export interface FakeAws {
  readonly endpoint: string;
  readonly keys: Map<string, AwsKey>;
  /** Alias to key. */
  readonly aliases: Map<string, string>;
  readonly calls: string[];
  /** By the call's name: what is answered in its place, once. */
  readonly answers: Map<string, { readonly status: number; readonly body: object }>;
}

const specs: Readonly<Record<string, KeyAlgorithm>> = {
  ECC_NIST_P256: 'ecdsa-p256-sha256',
  ECC_NIST_P384: 'ecdsa-p384-sha384',
  ECC_NIST_P521: 'ecdsa-p521-sha512',
  ECC_NIST_EDWARDS25519: 'ed25519',
  RSA_3072: 'rsa-pkcs1-sha256',
};
const RSA_PSS = 'RSASSA_PSS_SHA_';
const algorithms: Readonly<Record<string, readonly string[]>> = {
  ECC_NIST_P256: ['ECDSA_SHA_256'],
  ECC_NIST_P384: ['ECDSA_SHA_384'],
  ECC_NIST_P521: ['ECDSA_SHA_512'],
  RSA_3072: ['RSASSA_PKCS1_V1_5_SHA_256', `${RSA_PSS}256`, `${RSA_PSS}384`, `${RSA_PSS}512`],
};

export async function startAws(t: TestContext): Promise<FakeAws> {
  const aws: FakeAws = {
    endpoint: '',
    keys: new Map(),
    aliases: new Map(),
    calls: [],
    answers: new Map(),
  };
  const server = createServer((request, response) => void answer(aws, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(aws, { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}` });
}

export function awsPlace(t: TestContext, { endpoint }: FakeAws, keyId: string): AwsPlace {
  return { http: createTestHttp(t), endpoint, keyId, region: 'eu-west-2', credentials: awsCredentials };
}

export async function addAwsKey(aws: FakeAws, alias: string, spec: string): Promise<string> {
  const id = `00000000-0000-4000-8000-${String(aws.keys.size).padStart(12, '0')}`;
  const privateKey = await generatePrivateKey(specs[spec] ?? 'ed25519');
  aws.keys.set(id, { privateKey, spec, isDeleted: false });
  aws.aliases.set(alias, id);
  return id;
}

async function answer(aws: FakeAws, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const call = String(request.headers['x-amz-target']).replace('TrentService.', '');
  aws.calls.push(call);
  const given = aws.answers.get(call) ?? (await perform(aws, call, request, Buffer.concat(chunks)));
  aws.answers.delete(call);
  if (given.status === 0) return;
  response.writeHead(given.status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(given.body));
}

async function perform(
  aws: FakeAws,
  call: string,
  { headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; body: object }> {
  const signed = new RegExp(
    `^AWS4-HMAC-SHA256 Credential=${awsCredentials.accessKeyId}/\\d{8}/eu-west-2/kms/`,
  );
  if (!signed.test(String(headers.authorization))) return failure('UnrecognizedClientException', 'who is it');
  const input = JSON.parse(body.toString()) as Record<string, string>;
  if (call === 'CreateKey') {
    const id = await addAwsKey(aws, '', String(input.KeySpec));
    return { status: 200, body: { KeyMetadata: { KeyId: id } } };
  }
  if (call === 'CreateAlias') {
    aws.aliases.set(String(input.AliasName), String(input.TargetKeyId));
    return { status: 200, body: {} };
  }
  const id = aws.aliases.get(String(input.KeyId)) ?? String(input.KeyId).replace(/^.*:key\//, '');
  const key = aws.keys.get(id);
  if (key === undefined) return failure('NotFoundException', `${input.KeyId} is not found`);
  const KeyId = `arn:aws:kms:eu-west-2:111122223333:key/${id}`;
  if (call === 'ScheduleKeyDeletion') key.isDeleted = true;
  if (call === 'GetPublicKey') return { status: 200, body: { KeyId, ...publicFacts(key) } };
  if (call === 'Sign') return { status: 200, body: { KeyId, Signature: signatureOf(key, input) } };
  return { status: 200, body: { KeyId, KeyMetadata: { KeyId: id } } };
}

function publicFacts({ privateKey, spec }: AwsKey): object {
  const PublicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64');
  return { PublicKey, KeySpec: spec, KeyUsage: 'SIGN_VERIFY' };
}

function signatureOf({ privateKey, spec }: AwsKey, input: Record<string, string>): string {
  const { MessageType, SigningAlgorithm: algorithm = '', Message } = input;
  if (MessageType !== 'DIGEST' || algorithms[spec]?.includes(algorithm) !== true) return '';
  const signature = signAs(privateKey, algorithm, Buffer.from(String(Message), 'base64'));
  return Buffer.from(signature).toString('base64');
}

function signAs(privateKey: KeyObject, algorithm: string, digest: Uint8Array): Uint8Array {
  if (algorithm.startsWith(RSA_PSS))
    return signPss(privateKey, `sha${algorithm.slice(RSA_PSS.length)}`, digest);
  return algorithm.startsWith('RSA')
    ? signSha256(privateKey, digest)
    : formatEcdsaValue(signDigest(privateKey, digest));
}

function failure(type: string, message: string): { status: number; body: object } {
  return { status: 400, body: { __type: type, message } };
}
