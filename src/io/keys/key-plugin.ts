// A key behind sigstore's KMS plug-in protocol, version 1 (sigstore, pkg/signature/kms/cliplugin): the program
// `sigstore-kms-NAME` on the search path, asked by JSON in an argument, the message on standard input, answered by
// JSON. So any token or service that cosign signs with signs here too, and its code stays in a process of its own.
// The program is bounded in time and output, and no signature of it is believed that its public key does not verify.
import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { hashOfKeyAlgorithm, type KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import { describeError } from '../../kit/error.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { createCheckedKey } from './checked-key.ts';
import { keysErrors } from './errors.ts';
import type { SigningKey } from './signing-key.ts';

export interface PluginPlace {
  /** `NAME://KEY`, as cosign's `--key` has it. */
  readonly reference: string;
  /** What the program sees; its search path is also where it is looked for. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

const PROTOCOL = 'v1';
/** Go's numbers of its hashes (crypto.Hash), which the protocol writes. */
const goHashes = Object.freeze({ sha256: 5, sha384: 6, sha512: 7 });

/** Asks the program for its public key once. `keys.unavailable`, `x509.key_invalid` */
export async function openPluginKey(place: PluginPlace): Promise<SigningKey> {
  const answer = await ask(place, 'publicKey', { publicKeyOptions: { rpcOptions: {} } });
  const publicKey = readPem(place, bytesOf(answer.publicKeyPEM));
  return createCheckedKey(`the plug-in of ${place.reference}`, publicKey, async (bytes, algorithm) => {
    const options = { signOptions: { rpcOptions: {}, messageOptions: { hashFunc: goHashOf(algorithm) } } };
    const { signature } = await ask(place, 'signMessage', options, { message: bytes, algorithm });
    return bytesOf(signature);
  });
}

/** The answer's member of the method's name. */
async function ask(
  place: PluginPlace,
  methodName: string,
  options: JsonObject,
  signing?: { readonly message: Uint8Array; readonly algorithm: KeyAlgorithm },
): Promise<JsonObject> {
  const { program, key } = parsePluginReference(place.reference);
  const question = {
    initOptions: {
      protocolVersion: PROTOCOL,
      keyResourceID: key,
      hashFunc: signing === undefined ? goHashes.sha256 : goHashOf(signing.algorithm),
      rpcOptions: {},
    },
    methodName,
    [methodName]: options,
  };
  const output = await run(program, [PROTOCOL, JSON.stringify(question)], place, signing?.message);
  const answer = parseJson(output);
  if (!isJsonObject(answer))
    throw keysErrors.unavailable(`${program} ${methodName} did not answer with JSON`);
  if (typeof answer.errorMessage === 'string' && answer.errorMessage !== '')
    throw keysErrors.unavailable(`${program} ${methodName}: ${answer.errorMessage.slice(0, 300)}`);
  const found = answer[methodName];
  if (!isJsonObject(found)) throw keysErrors.unavailable(`${program} did not answer to ${methodName}`);
  return found;
}

/** The program's name cannot leave the search path. */
function parsePluginReference(reference: string): { readonly program: string; readonly key: string } {
  const [, name, key] = /^([a-z0-9][a-z0-9-]{0,62}):\/\/(.{0,1000})$/s.exec(reference) ?? [];
  if (name === undefined || key === undefined)
    throw keysErrors.unavailable(`"${reference.slice(0, 100)}" is not NAME://KEY of a plug-in`);
  return { program: `sigstore-kms-${name}`, key };
}

/** All that the protocol says of an algorithm: whether RSA pads by PKCS #1 v1.5 or PSS is the plug-in's own choice. */
function goHashOf(algorithm: KeyAlgorithm): number {
  const hash = hashOfKeyAlgorithm(algorithm);
  return hash === undefined ? 0 : goHashes[hash];
}

/** Go writes bytes as base64. */
function bytesOf(value: Json | undefined): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : new Uint8Array(0);
}

function readPem({ reference }: PluginPlace, pem: Uint8Array): Uint8Array {
  try {
    return createPublicKey({ key: Buffer.from(pem), format: 'pem' }).export({ format: 'der', type: 'spki' });
  } catch (cause) {
    throw keysErrors.unavailable(`the plug-in of ${reference} did not answer with a public key`, { cause });
  }
}

function run(
  program: string,
  args: readonly string[],
  { env, timeoutMs = limits.keyPluginMs }: PluginPlace,
  input: Uint8Array = new Uint8Array(0),
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const fail = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(keysErrors.unavailable(`${program} ${why}`, { cause }));
    };
    const timer = setTimeout(() => fail(`did not answer within ${timeoutMs} ms`), timeoutMs);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limits.keyPluginBytes) fail('answers without end');
      else chunks.push(chunk);
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'ENOENT'
          ? 'is not installed (not on the search path)'
          : `cannot be run: ${describeError(error)}`,
        error,
      ),
    );
    // The exit status says nothing in this protocol.
    child.once('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString());
    });
    // A program that does not read is judged by its answer.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
