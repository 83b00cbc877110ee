// `plimsoll gate serve` from start to end: HTTPS with certificates that are renewed while it runs, a policy that is read
// anew when its files change, and an end that drains. A policy that cannot be used leaves the one of before in force, and
// says so until it is mended.
import { once } from 'node:events';
import { gateErrors } from '../engines/gate/errors.ts';
import type { LoadedGate } from '../entry/cli/world.ts';
import { createGateHandler } from '../entry/http/gate/gate.ts';
import { type RunningServer, startServer } from '../entry/http/server.ts';
import type { Metric } from '../formats/metrics/exposition.ts';
import type { PartFile } from '../io/parts/part-file.ts';
import type { PartKeeper } from '../io/parts/part-keeper.ts';
import { formatInstant } from '../kit/clock.ts';
import { describeError } from '../kit/error.ts';
import type { Config } from './config.ts';
import { clientCertificatesOf, tlsFilesOf } from './tls-files.ts';
import { createTlsWatch } from './tls-watch.ts';
import type { Surroundings } from './wire.ts';

export interface GateServeOptions {
  readonly config: Config;
  readonly surroundings: Pick<Surroundings, 'clock' | 'log' | 'version'>;
  readonly first: LoadedGate;
  readonly reload: (digest: string) => Promise<LoadedGate | undefined>;
  /** The instances that it is a part of, and asks as such. */
  readonly parts: PartKeeper;
  /** Aborts when it is to stop. */
  readonly signal: AbortSignal;
}

export interface RunningGate extends AsyncDisposable {
  readonly url: string;
  /** As whom it asks. */
  readonly parts: readonly PartFile[];
  /** Looks at policy and certificates now, what it is a part of too. */
  look(): Promise<void>;
}

/** As often as for certificates: a ConfigMap takes a minute to arrive anyway. */
const LOOK_MS = 10_000;

/** `gate.tls_missing`, `app.tls_*`, `http.address_unusable`. */
export async function startGate(options: GateServeOptions): Promise<RunningGate> {
  const { config, surroundings, first, reload, parts } = options;
  const { log } = surroundings;
  const files = tlsFilesOf(config);
  if (files === undefined) throw gateErrors.tls_missing('no certificate is configured');
  using stack = new DisposableStack();
  stack.use(parts.watch(log));
  // What ended while it did not run is renewed before the first question.
  await parts.look();
  let joined = await parts.list();
  const watch = await createTlsWatch(files, surroundings);
  let held = first;
  let failures = 0;
  let said = '';
  let server: RunningServer | undefined;
  let looking: Promise<void> = Promise.resolve();
  const take = async (): Promise<void> => {
    joined = await parts.list().catch(() => joined);
    try {
      const next = await reload(held.digest);
      said = '';
      if (next === undefined) return;
      held = next;
      log.notice('the new gate policy holds from now on', { rules: next.gate.policy.rules.length });
    } catch (error) {
      const reason = describeError(error);
      // What stays broken is said once.
      if (reason === said) return;
      said = reason;
      failures += 1;
      log.error('the new gate policy cannot be used; the one of before stays in force', { reason });
    }
  };
  const look = (): Promise<void> => {
    looking = looking.then(take);
    return looking;
  };
  const handler = createGateHandler({
    gate: () => held.gate,
    log,
    isMutual: files.clientAuthority !== undefined,
    isDraining: () => server?.isDraining === true,
    metrics: () => [...watch.read(), countFailures(failures), readParts(joined)],
  });
  const { host, port } = config.listen;
  server = await startServer({
    host,
    port,
    registry: (_request, response) => void response.writeHead(404, { 'Content-Length': 0 }).end(),
    site: handler,
    log,
    tls: { material: watch.material, clientCertificates: clientCertificatesOf(config) },
  });
  const running = server;
  watch.start((material) => running.renewTls?.(material));
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  const watching = stack.move();
  return {
    url: running.url,
    get parts() {
      return joined;
    },
    async look() {
      await Promise.all([parts.look().then(look), watch.look({ isAsked: true })]);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      watching.dispose();
      await watch[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      await looking;
    },
  };
}

/** Runs until the signal aborts. */
export async function serveGate(
  options: GateServeOptions & {
    readonly print: (text: string) => void;
    readonly onHangup: (work: () => void) => void;
  },
): Promise<number> {
  const { signal, first, print } = options;
  await using gate = await startGate(options);
  options.onHangup(() => void gate.look());
  const { policy } = first.gate;
  print(
    `\n  Plimsoll’s gate ${options.surroundings.version} answers at ${gate.url}\n  by ${policy.name}, ${policy.rules.length} rules.\n${gate.parts.map(sayPart).join('')}\n`,
  );
  if (!signal.aborted) await once(signal, 'abort');
  return 0;
}

function sayPart({ host, spiffeId, notAfterMs }: PartFile): string {
  return `  It asks ${host} as ${spiffeId}, by a certificate until ${formatInstant(notAfterMs)}.\n`;
}

function readParts(parts: readonly PartFile[]): Metric {
  return {
    name: 'plimsoll_gate_part_not_after_seconds',
    kind: 'gauge',
    help: 'When the certificate ends by which the gate asks an instance as a part of it, in Unix time.',
    samples: parts.map(({ host, spiffeId, notAfterMs }) => ({
      labels: { host, part: spiffeId },
      value: Math.floor(notAfterMs / 1000),
    })),
  };
}

function countFailures(value: number): Metric {
  return {
    name: 'plimsoll_gate_policy_failures_total',
    kind: 'counter',
    help: 'New gate policies that could not be used.',
    samples: [{ value }],
  };
}
