// `plimsoll serve` from start to end: starts the product, says where it is, waits for a signal, drains.
import { once } from 'node:events';
import { type Config, formatAddress, type Places } from './config.ts';
import { administrator, type NewAdministrator, type RunningProduct, startProduct } from './product.ts';
import { ensureWebBuilt } from './web-build.ts';
import type { Surroundings } from './wire.ts';

export interface ServeOptions {
  readonly config: Config;
  readonly places: Places;
  readonly surroundings: Surroundings;
  /** The package's folder. */
  readonly root: string;
  /** Standard output. */
  readonly print: (text: string) => void;
  /** Standard error. */
  readonly say: (line: string) => void;
  /** Aborts at the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** Calls at each SIGHUP, which then does not end the process. */
  readonly onHangup: (work: () => void) => void;
}

/** Runs until the signal aborts; resolves with the exit code when everything has ended. */
export async function serve(options: ServeOptions): Promise<number> {
  const { signal, surroundings } = options;
  const webFolder = await ensureWebBuilt(options);
  if (signal.aborted) return 0;
  await using product = await startProduct({ ...options, webFolder });
  const { renewTls } = product;
  if (renewTls !== undefined) options.onHangup(() => void renewTls());
  options.print(welcome(options, product));
  if (!signal.aborted) await once(signal, 'abort');
  surroundings.log.notice('ending: running requests finish first; a second signal ends at once');
  await product[Symbol.asyncDispose]();
  return 0;
}

function welcome({ config, surroundings }: ServeOptions, product: RunningProduct): string {
  const { url, newAdministrator } = product;
  const shown = config.publicUrl ?? url;
  const lines = [
    '',
    `  Plimsoll ${surroundings.version} is running.`,
    '',
    `  Open      ${shown}`,
    `  Push to   ${new URL(shown).host}/NAME:TAG`,
    `  Data in   ${config.data}`,
  ];
  if (newAdministrator !== undefined) lines.push('', ...introduce(newAdministrator));
  else if (config.adminPassword === undefined) lines.push(`  Log in    as ${administrator}`);
  if (config.publicUrl !== undefined) lines.push(`  Listening on ${formatAddress(config.listen)}`);
  return `${lines.join('\n')}\n\n`;
}

/** A password that was given is not repeated. */
function introduce({ name, generatedPassword }: NewAdministrator): readonly string[] {
  const named = ['  This is the first start. The administrator is', '', `  name      ${name}`];
  if (generatedPassword === undefined) return named;
  return [
    ...named,
    `  password  ${generatedPassword}`,
    '',
    '  The password is shown this once and kept nowhere in clear. To set another,',
    '  start with PLIMSOLL_ADMIN_PASSWORD.',
  ];
}
