// Witnesses as they are configured: who is asked about the own logs' checkpoints, and whose logs are witnessed here.
import { parseWitnessPolicy, type WitnessPolicy } from '../engines/witness/policy.ts';
import { createWitness } from '../engines/witness/witness.ts';
import { createWitnessRoutes } from '../entry/http/witness/witness.ts';
import type { Database } from '../io/db/database.ts';
import { createRowCache } from '../io/db/row-cache.ts';
import { netErrors } from '../io/net/errors.ts';
import type { Http } from '../io/net/http.ts';
import { collectBytes } from '../kit/bytes.ts';
import { limits } from '../kit/limits.ts';
import { type Cosign, createCosigning } from '../services/trust/cosigning.ts';
import { readWitnessKeys, type WitnessKey } from '../services/trust/witness-key.ts';
import { createWitnessStore } from '../services/trust/witness-store.ts';
import type { Config } from './config.ts';
import { appErrors } from './errors.ts';
import { readTextFile } from './text-file.ts';
import type { Surroundings } from './wire.ts';

/** Undefined where nobody is asked. `app.file_unreadable`, `witness.policy_invalid` */
export async function openCosigning(
  { witnessAsk }: Config,
  http: Http,
  { clock, log }: Surroundings,
): Promise<Cosign | undefined> {
  if (witnessAsk === undefined) return undefined;
  const policy = await readPolicy(witnessAsk);
  const ask = async (url: string, body: string) => {
    const late = AbortSignal.timeout(limits.witnessAnswerMs);
    try {
      const answer = await http.request({
        url: `${url}/add-checkpoint`,
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body,
        limitBytes: limits.witnessBytes,
        redirects: 'manual',
        signal: late,
      });
      const bytes = await collectBytes(answer.body, limits.witnessBytes, netErrors.answer_too_large);
      return { status: answer.status, body: Buffer.from(bytes).toString('utf8') };
    } catch (error) {
      if (!late.aborted) throw error;
      throw netErrors.timed_out(`${url} did not answer within ${limits.witnessAnswerMs} ms`);
    }
  };
  return createCosigning({ policy, ask, clock, log });
}

/** Undefined where this server is no witness. `app.file_unreadable`, `witness.policy_invalid` */
export async function openWitness(
  { witnessLogs, publicUrl }: Config,
  database: Database,
  { clock, random }: Surroundings,
) {
  if (witnessLogs === undefined) return undefined;
  const { logs } = await readPolicy(witnessLogs);
  const own = publicUrl === undefined ? {} : { publicUrl };
  const parts = { database, clock, random, ...own };
  const rows = createRowCache<readonly WitnessKey[]>(database, ['kept_key'], 1);
  const store = createWitnessStore({ database, clock });
  const keys = logs.map(({ key }) => key);
  const readKeys = async (): Promise<readonly WitnessKey[]> => {
    const now = clock.now();
    const kept = await rows.read('all', () => readWitnessKeys(parts));
    return kept.filter(({ until }) => until === undefined || until > now);
  };
  // Known before anybody asks, so that what is wrong with them is known at the start.
  await readKeys();
  const routes = { store, origins: keys.map(({ name }) => name), ...own };
  return async (request: Request): Promise<Response> => {
    const witnessKeys = await readKeys();
    const cosigners = witnessKeys.map(({ cosigner }) => cosigner);
    const witness = createWitness({ logs: keys, cosigners, store, clock });
    return createWitnessRoutes({ ...routes, witness, keys: witnessKeys })(request);
  };
}

async function readPolicy(path: string): Promise<WitnessPolicy> {
  const text = await readTextFile(path, limits.witnessPolicyChars);
  if (text === undefined) throw appErrors.file_unreadable(`${path} cannot be read: there is no such file`);
  return parseWitnessPolicy(text, path);
}
