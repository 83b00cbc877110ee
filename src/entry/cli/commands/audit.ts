// `plimsoll audit`: for administrators, who did what. `--verify` computes the chain of hashes anew, here and not on the
// server, and prints where it ends; `--head` says whether an end that was noted before is still in it.

import { formatInstant } from '../../../kit/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { type AuditEntry, auditHash, auditStart } from '../../../services/hub/audit.ts';
import { type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { callApi, defineInstance, printRows, textOf, timeOf } from '../instance.ts';
import { outcomeMark } from '../style.ts';
import type { CliWorld } from '../world.ts';

export const auditCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .option('--after <number>', 'what came after this row', '0')
      .option('--verify', 'compute the hashes of all rows anew; exits with 2 where one is not right')
      .option('--head <number:hash>', 'with --verify: this end, noted before, must be in it')
      .addHelpText('after', '\nExample: plimsoll audit --verify --head 41:9f86d0…');
  },
  run: (world, input) => (isSet(input, 'verify') ? verify(world, input) : list(world, input)),
};

async function list(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const after = Number(textOption(input, 'after'));
  if (!Number.isSafeInteger(after) || after < 0)
    throw cliErrors.option_invalid(`--after is the number of a row; "${textOption(input, 'after')}" is none`);
  const entries = await readPage(world, input, after);
  printRows(
    world,
    input,
    { entries },
    {
      rows: entries,
      columns: {
        '#': ({ seq }) => textOf(seq),
        WHEN: ({ at }) => timeOf(formatInstant(Number(at))),
        WHO: ({ who }) => textOf(who),
        VIA: ({ via }) => textOf(via),
        WHAT: ({ action }) => textOf(action),
        'TO WHAT': ({ target, digest }) => `${textOf(target)}${digest === null ? '' : `@${textOf(digest)}`}`,
      },
      none: 'There is nothing after that.',
    },
  );
  return exitCodes.yes;
}

async function verify(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const wanted = readHead(textOption(input, 'head'));
  let seq = 0;
  let hash = auditStart;
  let isSeen = wanted === undefined || (wanted.seq === 0 && wanted.hash === hash);
  for (;;) {
    const page = await readPage(world, input, seq);
    if (page.length === 0) break;
    for (const row of page) {
      const next = auditHash(hash, row as unknown as AuditEntry);
      if (row.seq !== seq + 1 || row.hash !== next)
        return fail(world, `the audit log is not what it was: row ${seq + 1} does not follow the one before`);
      seq += 1;
      hash = next;
      if (wanted?.seq === seq && wanted.hash === hash) isSeen = true;
    }
  }
  if (!isSeen) return fail(world, `row ${wanted?.seq} with the hash that was noted is not in the audit log`);
  world.stderr.write(`${outcomeMark(world.stderr, 'pass')} ${seq} rows follow each other; note this end:\n`);
  world.stdout.write(`${seq}:${hash}\n`);
  return exitCodes.yes;
}

function fail(world: CliWorld, sentence: string): ExitCode {
  world.stderr.write(`${outcomeMark(world.stderr, 'fail')} ${sentence}\n`);
  return exitCodes.no;
}

async function readPage(world: CliWorld, input: CommandInput, after: number): Promise<readonly JsonObject[]> {
  const path = `/api/v1/audit?after=${after}&limit=${limits.auditPage}`;
  const { entries } = await callApi(world, input, { path });
  return Array.isArray(entries) ? (entries as readonly Json[]).filter((one) => isJsonObject(one)) : [];
}

function readHead(text: string | undefined): { readonly seq: number; readonly hash: string } | undefined {
  if (text === undefined) return undefined;
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw cliErrors.option_invalid(`--head is NUMBER:HASH, as --verify prints it; "${text}" is not`);
}
