// The trusted roots that this user keeps, as whoever verifies needs them: parsed, by name, and with how fresh they
// are. Reads files alone and opens no connection, so that verifying works offline; what is stale is said, not hidden.
import { parseTrustedRoot, type TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { KeptRoot } from '../../io/tuf/trusted-roots.ts';
import { cliErrors } from './errors.ts';
import type { CliWorld } from './world.ts';

/** Unknown where nobody ever asked whether there is something newer: never to be read as fresh. */
export interface Freshness {
  readonly kind: 'fresh' | 'stale' | 'unknown';
  /** For people, without a full stop: `stale since 2026-11-28`; what mends it is `plimsoll trust refresh NAME`. */
  readonly sentence: string;
}

export interface NamedTrustedRoot {
  readonly name: string;
  /** Of the repository that it came from. */
  readonly url: string;
  readonly root: TrustedRoot;
  readonly freshness: Freshness;
}

export interface TrustedRootsWish {
  /** All that are kept where absent. */
  readonly names?: readonly string[];
}

/** By name. `cli.trusted_root_unknown`, `trustfiles.damaged`, `sigstore.root_invalid`. */
export async function readTrustedRoots(
  world: CliWorld,
  { names }: TrustedRootsWish = {},
): Promise<readonly NamedTrustedRoot[]> {
  const kept = await (await world.trust.openRoots()).list();
  const missing = names?.find((name) => !kept.some((one) => one.name === name));
  if (missing !== undefined)
    throw cliErrors.trusted_root_unknown(
      `no trusted root is kept as "${missing}"; there are ${kept.map(({ name }) => name).join(', ') || 'none'}`,
    );
  const nowMs = world.clock.now();
  return kept
    .filter(({ name }) => names === undefined || names.includes(name))
    .map((one) => ({
      name: one.name,
      url: one.url,
      root: parseTrustedRoot(one.trustedRoot),
      freshness: judgeFreshness(one, nowMs),
    }));
}

export function judgeFreshness({ refreshed }: KeptRoot, nowMs: number): Freshness {
  if (refreshed === undefined)
    return { kind: 'unknown', sentence: 'as it came with Plimsoll, never refreshed' };
  const day = new Date(refreshed.freshUntil).toISOString().slice(0, 10);
  return nowMs < refreshed.freshUntil
    ? { kind: 'fresh', sentence: `fresh until ${day}` }
    : { kind: 'stale', sentence: `stale since ${day}` };
}

export function isStale({ kind }: Freshness): boolean {
  return kind !== 'fresh';
}
