// `plimsoll part show`: which instances this machine is a part of, until when, and what is wrong. Asks nobody.
import { isRenewable } from '../../../../io/parts/join.ts';
import type { PartFile } from '../../../../io/parts/part-file.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { describeError } from '../../../../kit/error.ts';
import type { JsonObject } from '../../../../kit/json.ts';
import type { CommandInput } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printRows, textOf, timeOf } from '../../instance.ts';
import type { CliWorld } from '../../world.ts';

export async function showParts(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const folder = await world.parts.openFolder();
  const parts: JsonObject[] = [];
  for (const host of await folder.hosts()) {
    try {
      const file = await folder.read(host);
      if (file !== undefined) parts.push(show(file, world.clock.now()));
    } catch (error) {
      parts.push({ host, state: 'damaged', about: describeError(error) });
    }
  }
  printRows(
    world,
    input,
    { parts },
    {
      rows: parts,
      columns: {
        HOST: ({ host }) => textOf(host),
        PART: ({ spiffeId }) => textOf(spiffeId),
        UNTIL: ({ notAfter }) => timeOf(notAfter),
        STATE: ({ state, about }) => `${textOf(state)}${about === undefined ? '' : `: ${textOf(about)}`}`,
      },
      none: 'This machine is a part of no instance.',
    },
  );
  return exitCodes.yes;
}

function show(file: PartFile, nowMs: number): JsonObject {
  const { host, spiffeId, address, notAfterMs, renewAfterMs } = file;
  return {
    host,
    spiffeId,
    address,
    notAfter: formatInstant(notAfterMs),
    renewAfter: formatInstant(renewAfterMs),
    ...stateOf(file, nowMs),
  };
}

function stateOf(file: PartFile, nowMs: number): { readonly state: string; readonly about?: string } {
  if (file.isSuperseded === true)
    return { state: 'superseded', about: 'another copy of this file renews; find it, and join anew' };
  if (!isRenewable(file, nowMs)) return { state: 'lapsed', about: 'it ended too long ago; join anew' };
  if (nowMs >= file.notAfterMs) return { state: 'ended', about: 'it is renewed at its next use' };
  return nowMs >= file.renewAfterMs
    ? { state: 'due', about: 'it is renewed at its next use' }
    : { state: 'good' };
}
