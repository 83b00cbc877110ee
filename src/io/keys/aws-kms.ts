// A key in AWS Key Management Service. Amazon's own library signs the requests and finds the credentials; it is loaded
// when such a key is opened, and sends by the one HTTP client. The digest is sent, never the message, and the key is
// asked for by what its public key came from, so that an alias that moves does not change it.
// Ed25519 is refused: AWS takes whole messages for it, and none over 4096 bytes.
import type { GetPublicKeyCommandOutput, KMSClient, SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import type { KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Http } from '../net/http.ts';
import { createAwsHandler } from './aws-handler.ts';
import { bytesToSign, createCheckedKey } from './checked-key.ts';
import { keysErrors } from './errors.ts';
import type { SigningKey } from './signing-key.ts';

export interface AwsPlace {
  readonly http: Http;
  /** An id, `alias/NAME`, or the ARN of either. */
  readonly keyId: string;
  /** HOST[:PORT]; Amazon's own of the region where absent. Plain http where the HTTP client accepts it there. */
  readonly endpoint?: string;
  /** Of the ARN, or as Amazon's library finds it, where absent. */
  readonly region?: string;
  /** As Amazon's library finds them (environment, profile, role) where absent. */
  readonly credentials?: AwsCredentials;
  readonly timeoutMs?: number;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type Aws = typeof import('@aws-sdk/client-kms');

const ATTEMPTS = 3;
/** The shortest that AWS has. */
const DELETION_DAYS = 7;
const awsAlgorithms: Readonly<Record<Exclude<KeyAlgorithm, 'ed25519'>, SigningAlgorithmSpec>> = Object.freeze(
  {
    'ecdsa-p256-sha256': 'ECDSA_SHA_256',
    'ecdsa-p384-sha384': 'ECDSA_SHA_384',
    'ecdsa-p521-sha512': 'ECDSA_SHA_512',
    'rsa-pkcs1-sha256': 'RSASSA_PKCS1_V1_5_SHA_256',
    'rsa-pss-sha256': 'RSASSA_PSS_SHA_256',
    'rsa-pss-sha384': 'RSASSA_PSS_SHA_384',
    'rsa-pss-sha512': 'RSASSA_PSS_SHA_512',
  },
);
const awsSpecs = Object.freeze({
  'ecdsa-p256-sha256': 'ECC_NIST_P256',
  'ecdsa-p384-sha384': 'ECC_NIST_P384',
  'rsa-pkcs1-sha256': 'RSA_3072',
} as const);
/** Names of AWS's errors that credentials or rights end in. */
const denials = new Set([
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]);

/** `keys.key_missing`, `keys.access_denied`, `keys.algorithm_unsuitable`, `keys.unavailable`. */
export async function openAwsKey(place: AwsPlace): Promise<SigningKey> {
  const aws = await import('@aws-sdk/client-kms');
  return open(aws, createClient(aws, place), place, place.keyId);
}

/** Makes a key and its alias; with neither where one fails. `keys.key_present`, and the codes of opening. */
export async function createAwsKey(place: AwsPlace, algorithm: SignatureAlgorithm): Promise<SigningKey> {
  const { keyId: alias } = place;
  if (!alias.startsWith('alias/'))
    throw keysErrors.generation_unsupported(`${showAws(place)} is no alias/NAME: AWS chooses ids by itself`);
  if (algorithm === 'ed25519') throw keysErrors.generation_unsupported(NO_ED25519);
  const aws = await import('@aws-sdk/client-kms');
  const client = createClient(aws, place);
  if (await hasKey(aws, client, place))
    throw keysErrors.key_present(`${showAws(place)} is there already, and is not moved`);
  const { KeyMetadata } = await ask(place, (abortSignal) =>
    client.send(
      new aws.CreateKeyCommand({
        KeySpec: awsSpecs[algorithm],
        KeyUsage: 'SIGN_VERIFY',
        Description: 'Signs as a Plimsoll instance',
      }),
      { abortSignal },
    ),
  );
  const made = KeyMetadata?.KeyId ?? '';
  try {
    const named = new aws.CreateAliasCommand({ AliasName: alias, TargetKeyId: made });
    await ask(place, (abortSignal) => client.send(named, { abortSignal }));
  } catch (error) {
    const undone = new aws.ScheduleKeyDeletionCommand({ KeyId: made, PendingWindowInDays: DELETION_DAYS });
    await client.send(undone).catch(() => {});
    throw error;
  }
  return open(aws, client, place, made);
}

async function open(aws: Aws, client: KMSClient, place: AwsPlace, keyId: string): Promise<SigningKey> {
  const found = await ask(place, (abortSignal) =>
    client.send(new aws.GetPublicKeyCommand({ KeyId: keyId }), { abortSignal }),
  );
  const publicKey = readPublic(place, found);
  const exact = found.KeyId ?? keyId;
  return createCheckedKey(showAws(place), publicKey, async (bytes, algorithm) => {
    if (algorithm === 'ed25519') throw keysErrors.algorithm_unsuitable(NO_ED25519);
    const signing = new aws.SignCommand({
      KeyId: exact,
      Message: bytesToSign(bytes, algorithm),
      MessageType: 'DIGEST',
      SigningAlgorithm: awsAlgorithms[algorithm],
    });
    const { Signature } = await ask(place, (abortSignal) => client.send(signing, { abortSignal }));
    return Signature ?? new Uint8Array(0);
  });
}

function readPublic(place: AwsPlace, found: GetPublicKeyCommandOutput): Uint8Array {
  if (found.KeyUsage !== 'SIGN_VERIFY' || found.PublicKey === undefined)
    throw keysErrors.algorithm_unsuitable(
      `${showAws(place)} is a key that does not sign (${found.KeyUsage})`,
    );
  if (found.KeySpec === 'ECC_NIST_EDWARDS25519') throw keysErrors.algorithm_unsuitable(NO_ED25519);
  return found.PublicKey;
}

async function hasKey(aws: Aws, client: KMSClient, place: AwsPlace): Promise<boolean> {
  try {
    const described = new aws.DescribeKeyCommand({ KeyId: place.keyId });
    await ask(place, (abortSignal) => client.send(described, { abortSignal }));
    return true;
  } catch (error) {
    if (isPlimsollError(error, { code: keysErrors.key_missing.code })) return false;
    throw error;
  }
}

function createClient(aws: Aws, place: AwsPlace): KMSClient {
  const { http, endpoint, credentials, keyId } = place;
  const region = place.region ?? /^arn:[a-z-]+:kms:([a-z0-9-]+):/.exec(keyId)?.[1];
  return new aws.KMSClient({
    requestHandler: createAwsHandler(http),
    maxAttempts: ATTEMPTS,
    ...(endpoint === undefined ? {} : { endpoint: addressOf(http, endpoint) }),
    ...(region === undefined ? {} : { region }),
    // A copy: the library writes into it.
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
  });
}

function addressOf(http: Http, endpoint: string): string {
  const plain = URL.parse(`http://${endpoint}`);
  return plain !== null && http.allowsPlaintext(plain) ? plain.origin : `https://${endpoint}`;
}

/** One call, within its time; what it throws becomes a code of ours by the name of AWS's error. */
async function ask<T>(place: AwsPlace, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { timeoutMs = limits.keyServiceMs } = place;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await call(signal);
  } catch (cause) {
    if (isPlimsollError(cause, { kind: 'untrusted' })) throw cause;
    const name = isPlimsollError(cause) ? 'nothing' : nameOf(cause);
    const said = signal.aborted
      ? `did not answer within ${timeoutMs} ms`
      : `answers ${name}: ${describeError(cause).slice(0, 500)}`;
    const message = `${showAws(place)} ${said}`;
    if (name === 'NotFoundException') throw keysErrors.key_missing(message, { cause });
    if (denials.has(name)) throw keysErrors.access_denied(message, { cause });
    throw keysErrors.unavailable(message, { cause });
  }
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : 'nothing';
}

function showAws({ keyId }: AwsPlace): string {
  return `the key ${keyId} in AWS KMS`;
}

const NO_ED25519 =
  'AWS KMS signs no message of more than 4096 bytes with Ed25519; use ECC_NIST_P256, ECC_NIST_P384 or RSA';
