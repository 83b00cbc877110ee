// A gate that serves in this process as `plimsoll gate serve` does, and what API servers ask it.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createCliWorld } from '../../src/app/cli-world.ts';
import { readConfig, readPlaces } from '../../src/app/config.ts';
import { type RunningGate, serveGate, startGate } from '../../src/app/gate.ts';
import { runCli } from '../../src/entry/cli/run.ts';
import { type Clock, systemClock, systemRandom } from '../../src/kit/clock.ts';
import type { Log } from '../../src/kit/log.ts';
import type { createAuthority } from './authority.ts';

export interface GateWorldOptions {
  /** Its certificate and the home with logins, `home`, go there. */
  readonly folder: string;
  readonly policyFile: string;
  readonly certificates: ReturnType<typeof createAuthority>;
  readonly log: Log;
  /** Hears what the command says at its start, of a gate that ends at once. */
  readonly print?: (text: string) => void;
  /** The machine's where absent. */
  readonly clock?: Clock;
  readonly flags?: readonly (readonly [string, string])[];
}

export async function startGateWorld(options: GateWorldOptions): Promise<RunningGate> {
  const { folder, policyFile, certificates, log, flags = [], clock = systemClock, print } = options;
  const files = certificates.issue({ commonName: 'gate', addresses: ['127.0.0.1'] }).write(folder, 'gate');
  const config = await readConfig(
    new Map([
      ['--listen', '127.0.0.1:0'],
      ['--tls-certificate', files.certificate],
      ['--tls-key', files.key],
      ...flags,
    ]),
    {},
  );
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const surroundings = { clock, random: systemRandom, log, version: '1.2.3' };
  const { signal } = new AbortController();
  const started = Promise.withResolvers<RunningGate>();
  const stderr = new PassThrough();
  const world = createCliWorld({
    config,
    places: readPlaces({ HOME: home }),
    surroundings,
    signal,
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr,
    serve: async () => 1,
    async serveGate(first, reload, parts) {
      const how = { config, surroundings, first, reload, parts };
      if (print !== undefined) await serveGate({ ...how, signal: AbortSignal.abort(), print, onHangup() {} });
      started.resolve(await startGate({ ...how, signal }));
      return 0;
    },
  });
  assert.equal(await runCli(['gate', 'serve', policyFile], world), 0, String(stderr.read()));
  return started.promise;
}

/** Its containers are `c0`, `c1` and so on. */
export const pod = (...images: readonly string[]) => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'app', annotations: {} as Record<string, string> },
  spec: { containers: images.map((image, at) => ({ name: `c${at}`, image })) },
});

/** An AdmissionReview in which carol makes it in the namespace `shop`. */
export function review(object: object, more: object = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: (object as { kind?: string }).kind ?? 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'shop',
      userInfo: { username: 'carol', groups: ['system:authenticated'] },
      object,
      ...more,
    },
  });
}
