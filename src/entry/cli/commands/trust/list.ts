// `plimsoll trust list`: whose signatures this machine believes, and how fresh what it knows of them is.

import type { KeptRoot } from '../../../../io/tuf/trusted-roots.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { type CommandInput, textOption } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { checkChoice } from '../../option.ts';
import { formatTable } from '../../table.ts';
import { type Freshness, isStale, judgeFreshness } from '../../trusted-roots.ts';
import type { CliWorld } from '../../world.ts';

export async function listTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  printRoots(world, input, await (await world.trust.openRoots()).list());
  return exitCodes.yes;
}

const SHAPES: Readonly<Record<Freshness['kind'], string>> = Object.freeze({
  fresh: '●',
  stale: '▲',
  unknown: '◌',
});

export function printRoots(world: CliWorld, input: CommandInput, kept: readonly KeptRoot[]): void {
  const nowMs = world.clock.now();
  const rows = kept.map((one) => ({ one, freshness: judgeFreshness(one, nowMs) }));
  if (checkChoice('--format', textOption(input, 'format') ?? 'text', ['text', 'json']) === 'json') {
    const json = rows.map(({ one, freshness }) => ({
      name: one.name,
      url: one.url,
      firstRoot: `sha256:${one.firstRootSha256}`,
      rootVersion: one.rootVersion,
      freshness: freshness.kind,
      ...(one.refreshed === undefined
        ? {}
        : {
            refreshedAt: formatInstant(one.refreshed.at),
            freshUntil: formatInstant(one.refreshed.freshUntil),
          }),
    }));
    world.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
    return;
  }
  if (kept.length === 0) {
    world.stdout.write(
      'Nobody’s signatures are believed here. Add a root:\n  plimsoll trust add NAME ADDRESS\n',
    );
    return;
  }
  const table = rows.map(({ one, freshness }) => [
    SHAPES[freshness.kind],
    one.name,
    `root ${one.rootVersion}`,
    freshness.sentence,
    one.url,
  ]);
  world.stdout.write(
    `${formatTable(table, [{}, {}, {}, {}, { isFlexible: true }], Math.max(world.stdout.columns, 60)).join('\n')}\n`,
  );
  if (rows.some(({ freshness }) => isStale(freshness)))
    world.stderr.write('What is newer was not asked for lately:\n  plimsoll trust refresh\n');
}
