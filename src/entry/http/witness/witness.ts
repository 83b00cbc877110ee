// A witness below /witness (C2SP tlog-witness): `add-checkpoint` for the logs that are configured, `HASH/checkpoint`
// for who monitors them, and `keys`, the lines that others put into their policy. Anybody may ask: what is believed is
// the signature of the log.
import { createHash } from 'node:crypto';
import type { Witness, WitnessAnswer, WitnessStore } from '../../../engines/witness/witness.ts';
import { formatCosignerKey } from '../../../formats/crypto/cosignature.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { limits } from '../../../kit/limits.ts';
import type { WitnessKey } from '../../../services/trust/witness-key.ts';
import type { FetchHandler } from '../fetch-bridge.ts';

/** Submission and monitoring prefix. */
export const witnessPath = '/witness';

export interface WitnessRouteParts {
  readonly witness: Witness;
  readonly keys: readonly WitnessKey[];
  /** Names of the logs that are witnessed. */
  readonly origins: readonly string[];
  readonly store: Pick<WitnessStore, 'read'>;
  /** Where clients reach the server; the address of the request where absent. */
  readonly publicUrl?: string;
}

export function createWitnessRoutes(parts: WitnessRouteParts): FetchHandler {
  return async (request) => {
    const url = new URL(request.url);
    const path = url.pathname.slice(witnessPath.length + 1);
    if (path === 'add-checkpoint')
      return request.method === 'POST' ? addCheckpoint(parts, request) : notAllowed('POST');
    if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed('GET, HEAD');
    if (path === 'keys') return answer(200, describeKeys(parts, url));
    const [, hash] = /^([0-9a-f]{64})\/checkpoint$/.exec(path) ?? [];
    const origin = parts.origins.find((one) => createHash('sha256').update(one).digest('hex') === hash);
    const tree = origin === undefined ? undefined : await parts.store.read(origin);
    return tree === undefined
      ? answer(404, 'this witness has cosigned nothing of such a log\n')
      : answer(200, tree.note);
  };
}

async function addCheckpoint({ witness }: WitnessRouteParts, request: Request): Promise<Response> {
  const body = await readBody(request);
  if (body === undefined)
    return answer(413, `a request to a witness has at most ${limits.witnessBytes} bytes\n`);
  return answerOf(await witness.addCheckpoint(body));
}

const STATUSES: Readonly<Record<Exclude<WitnessAnswer['kind'], 'cosigned' | 'other-size'>, number>> =
  Object.freeze({ malformed: 400, unsigned: 403, 'unknown-log': 404, inconsistent: 422 });

function answerOf(given: WitnessAnswer): Response {
  if (given.kind === 'cosigned') return answer(200, given.lines);
  if (given.kind === 'other-size') return answer(409, `${given.size}\n`, 'text/x.tlog.size');
  return answer(STATUSES[given.kind], `${given.why}\n`);
}

/** Undefined where it is too large; what is no UTF-8 is no request either, and is refused as such. */
async function readBody(request: Request): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of request.body ?? []) {
    sizeBytes += part.byteLength;
    if (sizeBytes > limits.witnessBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A former key has the end of its id behind its name: a policy names each of its witnesses once. */
function describeKeys({ keys, publicUrl }: WitnessRouteParts, url: URL): string {
  const place = `${publicUrl ?? url.origin}${witnessPath}`;
  return keys
    .map(({ cosigner: { key }, until }) => {
      const line = (name: string) => `witness ${name} ${formatCosignerKey(key)} ${place}\n`;
      const name = `${key.name}#${key.algorithm}`;
      if (until === undefined) return line(name);
      return `# the former key, which signs until ${formatInstant(until)}\n${line(`${name}.${key.id}`)}`;
    })
    .join('');
}

function answer(status: number, text: string, type = 'text/plain; charset=utf-8'): Response {
  return new Response(text, { status, headers: { 'content-type': type, 'cache-control': 'no-store' } });
}

function notAllowed(allow: string): Response {
  return new Response(null, { status: 405, headers: { allow } });
}
