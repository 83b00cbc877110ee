// `plimsoll part list`: the parts of an instance, and who joined as each.
import { isJsonObject, type Json, type JsonObject } from '../../../../kit/json.ts';
import type { CommandInput } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { allowsOf, callApi, printRows, textOf, timeOf } from '../../instance.ts';
import type { CliWorld } from '../../world.ts';

export async function listParts(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const answer = await callApi(world, input, { path: '/api/v1/parts' });
  printRows(world, input, answer, {
    rows: rowsOf(answer.parts),
    columns: {
      PART: ({ name }) => textOf(name),
      OWNER: ({ owner }) => textOf(owner) || 'nobody',
      ALLOWS: allowsOf,
      HOLDER: ({ id }) => textOf(id) || 'nobody has joined',
      RENEWED: ({ renewedAt }) => timeOf(renewedAt),
      'LAST USED': ({ id, lastUsedAt }) => timeOf(lastUsedAt) || (id === undefined ? '' : 'never'),
      STATE: ({ suspectedAt }) => (suspectedAt === undefined ? '' : `copied? ${timeOf(suspectedAt)}`),
    },
    none: 'There are no parts.',
  });
  return exitCodes.yes;
}

/** A row for each holder, and one for a part without. */
function rowsOf(parts: Json | undefined): readonly JsonObject[] {
  return (Array.isArray(parts) ? parts : []).filter(isJsonObject).flatMap(({ holders, ...part }) => {
    const held = Array.isArray(holders) ? holders.filter(isJsonObject) : [];
    return held.length === 0 ? [part] : held.map((holder) => ({ ...part, ...holder }));
  });
}
