// `plimsoll trust show`: the keys of the instance with their ages, the size of its log, and where the root's key is.
import { formatInstant } from '../../../../kit/clock.ts';
import { purposes, type TrustKey } from '../../../../services/trust/trust-key.ts';
import type { CommandInput } from '../../command.ts';
import { textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { readOutput, writeOutput } from '../../output.ts';
import { printable } from '../../printable.ts';
import { age, plural } from '../../report/text.ts';
import { formatTable } from '../../table.ts';
import type { TrustShown } from '../../trust-place.ts';
import type { CliWorld, Sink } from '../../world.ts';

export const trustFormats = ['text', 'json'] as const;

export async function showTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  if (textOption(input, 'rootFolder') !== undefined) throw cliErrors.usage('--root-folder goes with init');
  const output = readOutput(input, trustFormats);
  const shown = await world.readTrust();
  await writeOutput(world, output, (format, sink) =>
    format === 'json' ? trustJson(shown) : formatTrust(shown, world.clock.now(), sink),
  );
  return exitCodes.yes;
}

export function formatTrust({ status, keyFolder, rootFolder }: TrustShown, now: number, sink: Sink): string {
  const order = Object.keys(purposes);
  const keys = status.keys.toSorted(
    (one, other) => order.indexOf(one.purpose) - order.indexOf(other.purpose),
  );
  const rows = keys.map((key) => [
    key.purpose,
    `${age(Math.max(0, now - key.madeAt))} old`,
    stateOf(key, now),
    key.lastUsedAt === undefined ? 'not used yet' : `used ${age(Math.max(0, now - key.lastUsedAt))} ago`,
    key.reference,
  ]);
  const place =
    rootFolder === undefined
      ? 'is not on this server'
      : `is in ${printable(rootFolder)}: carry the folder away, the server runs without it`;
  return [
    `Log ${printable(status.origin)}: ${plural(status.logEntries, 'signature')}, ${plural(status.certificates, 'certificate')} issued`,
    `Keys in ${printable(keyFolder)}`,
    ...formatTable(rows, [{}, {}, {}, {}, { isFlexible: true }], sink.columns).map((line) => `  ${line}`),
    `The root’s key ${place}`,
    '',
  ].join('\n');
}

function stateOf({ validFrom, validUntil, purpose }: TrustKey, now: number): string {
  if (now < validFrom) return `signs from ${day(validFrom)}`;
  if (validUntil === undefined) return purpose === 'root' ? 'renews the others' : 'signs';
  return validUntil < now ? `ended ${day(validUntil)}` : `until ${day(validUntil)}`;
}

function day(epochMs: number): string {
  return formatInstant(epochMs).slice(0, 10);
}

export function trustJson({ status, keyFolder, rootFolder }: TrustShown): string {
  const keys = status.keys.map((key) => ({
    purpose: key.purpose,
    reference: key.reference,
    publicKey: Buffer.from(key.publicKey).toString('base64'),
    madeAt: formatInstant(key.madeAt),
    validFrom: formatInstant(key.validFrom),
    ...(key.validUntil === undefined ? {} : { validUntil: formatInstant(key.validUntil) }),
    ...(key.lastUsedAt === undefined ? {} : { lastUsedAt: formatInstant(key.lastUsedAt) }),
  }));
  const { origin, logEntries, certificates } = status;
  const root = rootFolder === undefined ? {} : { rootFolder };
  return `${JSON.stringify({ origin, logEntries, certificates, keyFolder, ...root, keys }, undefined, 2)}\n`;
}
