// A credential helper: the program `docker-credential-NAME`, asked by one word and standard input
// (docker-credential-helpers protocol). Bounded in time and output; its name cannot leave the search path.
import { spawn } from 'node:child_process';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import { imageErrors } from '../errors.ts';
import type { CredentialPlaces } from './config.ts';

export type HelperRequest =
  | { readonly verb: 'get' | 'erase'; readonly address: string }
  | { readonly verb: 'store'; readonly address: string; readonly username: string; readonly secret: string };

export interface HelperAnswer {
  readonly username: string;
  readonly secret: string;
}

/** A keychain may ask the person to unlock it. */
const LONGEST_MS = 60_000;
/** A secret is at most a few kB (an OIDC token). */
const LONGEST_OUTPUT = 64 * 1024;

/**
 * The login, for `get`; undefined where the helper has none, and for the other verbs.
 * Every other failure is `images.credential_helper_failed`; its output is never in the message.
 */
export async function runCredentialHelper(
  name: string,
  request: HelperRequest,
  places: CredentialPlaces,
  longestMs = LONGEST_MS,
): Promise<HelperAnswer | undefined> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw imageErrors.credential_helper_failed(
      `"${name.slice(0, 80)}" is not the name of a credential helper`,
    );
  const program = `docker-credential-${name}`;
  const input =
    request.verb === 'store'
      ? JSON.stringify({ ServerURL: request.address, Username: request.username, Secret: request.secret })
      : request.address;
  const { output, status } = await run(program, request.verb, input, places, longestMs);
  if (status !== 0) {
    // The protocol has no other sign for "not there" than this sentence.
    if (output.trim() === 'credentials not found in native keychain') return undefined;
    throw imageErrors.credential_helper_failed(`${program} ${request.verb} ended with status ${status}`);
  }
  return request.verb === 'get' ? readAnswer(output, program) : undefined;
}

function readAnswer(output: string, program: string): HelperAnswer | undefined {
  const value = parseJson(output);
  const { Username: username, Secret: secret } = isJsonObject(value) ? value : {};
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw imageErrors.credential_helper_failed(`${program} get did not answer with a login`);
  return secret === '' ? undefined : { username, secret };
}

function run(
  program: string,
  verb: string,
  input: string,
  places: CredentialPlaces,
  longestMs: number,
): Promise<{ output: string; status: number | string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => {
      child.kill('SIGKILL');
      reject(imageErrors.credential_helper_failed(`${program} ${why}`, { cause }));
    };
    const child = spawn(program, [verb], {
      env: { ...places.env },
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const timer = setTimeout(() => fail(`did not answer within ${longestMs / 1000} s`), longestMs);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > LONGEST_OUTPUT) fail('answers without end');
      else chunks.push(chunk);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(error.code === 'ENOENT' ? 'is not installed (not on the search path)' : 'cannot be run', error);
    });
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ output: Buffer.concat(chunks).toString(), status: status ?? signal ?? 'unknown' });
    });
    // A helper that does not read is judged by its status.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
