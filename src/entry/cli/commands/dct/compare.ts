// `plimsoll dct compare ARCHIVE HOST/REPOSITORY --policy FILE`: what Content Trust says of each tag beside what a trust
// policy says of what hangs on the same tag today, for as long as both are run. A registry that does not answer leaves
// a verdict unknown, and unknown agrees with nothing.
import {
  agreements,
  describeOld,
  judgeAgreement,
  type NewVerdict,
} from '../../../../engines/dct/agreement.ts';
import { dualReportFormat, listChanges, parseDualReport } from '../../../../engines/dct/dual-report.ts';
import { listTagEvidence, type TagEvidence } from '../../../../engines/dct/tag-evidence.ts';
import { isTag, type RegistryReference } from '../../../../formats/oci/reference.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { isPlimsollError } from '../../../../kit/error.ts';
import { limits } from '../../../../kit/limits.ts';
import { argument, type CommandInput, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { formatDualText } from '../../report/dual-text.ts';
import type { ShownDual, ShownDualTag } from '../../shown-dual.ts';
import type { CliWorld } from '../../world.ts';
import { readAsk, type SigstoreAsk } from '../verify/ask.ts';
import { judgeEvidence, readEvidence } from '../verify/evidence.ts';
import { readList } from '../verify/listed.ts';
import { readRoots } from '../verify/roots.ts';
import { openArchive, readRepository } from './archive.ts';
import { checkFormat } from './print.ts';

/** Tags under way at once: each asks the registry for all that hangs on its image. */
const AT_ONCE = 4;

export async function compareVerdicts(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const format = checkFormat(input);
  if (input.args[2] === undefined)
    throw cliErrors.usage('plimsoll dct compare takes the archive and HOST/REPOSITORY of today');
  const place = readRepository(argument(input, 2));
  const name = `${place.host}/${place.repository}`;
  const ask = await readPolicyAsk(world, input, name);
  const { judgement } = await openArchive(world, input, argument(input, 1));
  const since = textOption(input, 'since');
  const before =
    since === undefined
      ? undefined
      : parseDualReport(await world.readDocument(since, limits.trustManifestBytes));
  const roots = await readRoots(world, ask);
  const whom = { trustedRoots: roots.map(({ root }) => root), now: new Date(world.clock.now()) };
  const rows = await judgeTags(world, listTagEvidence(judgement), (tag) =>
    judgeToday(world, ask, { ...place, tag }, whom),
  );
  const shown: ShownDual = {
    format: dualReportFormat,
    repository: judgement.gun,
    place: name,
    policy: ask.policy.name,
    judgedAt: formatInstant(judgement.at),
    comparedAt: formatInstant(whom.now.getTime()),
    trustedRoots: roots.map(({ name: root, freshness }) =>
      freshness === undefined ? root : `${root}, ${freshness}`,
    ),
    isArchiveSound: judgement.isSound,
    tags: rows.toSorted((a, b) => agreements.indexOf(a.agreement) - agreements.indexOf(b.agreement)),
  };
  // By its own spelling, so that what the next run will read is what this one compares.
  const changes =
    before === undefined
      ? undefined
      : listChanges(before, parseDualReport(Buffer.from(JSON.stringify(shown))));
  const answer: ShownDual =
    before === undefined || changes === undefined
      ? shown
      : { ...shown, since: { comparedAt: before.comparedAt, changes } };
  world.stdout.write(
    format === 'json' ? `${JSON.stringify(answer, undefined, 2)}\n` : formatDualText(answer, world.stdout),
  );
  const isAgreed =
    judgement.isSound && rows.length > 0 && rows.every(({ agreement }) => agreement === 'same');
  return isAgreed ? exitCodes.yes : exitCodes.no;
}

/** The policy, its keys and roots, as `verify` reads them. */
async function readPolicyAsk(world: CliWorld, input: CommandInput, name: string): Promise<SigstoreAsk> {
  const { policy, key, trustedRoot } = input.options;
  const ask = await readAsk(world, { args: [name], options: { policy, key, trustedRoot } });
  if (ask.kind === 'sigstore' && ask.policy.name !== COMMAND_LINE) return ask;
  throw cliErrors.usage('--policy FILE is missing: the trust policy whose verdict is the new one');
}

/** What `verify` calls a policy that its flags make. */
const COMMAND_LINE = 'the command line';

async function judgeTags(
  world: CliWorld,
  evidence: readonly TagEvidence[],
  judge: (tag: string) => Promise<NewVerdict>,
): Promise<readonly ShownDualTag[]> {
  const rows: ShownDualTag[] = [];
  const queue = evidence.entries();
  const work = async (): Promise<void> => {
    for (const [at, one] of queue) {
      world.signal.throwIfAborted();
      const [old, today] = [describeOld(one), await judge(one.tag)];
      rows[at] = { tag: one.tag, agreement: judgeAgreement(old, today), old, new: today };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rows;
}

async function judgeToday(
  world: CliWorld,
  ask: SigstoreAsk,
  reference: RegistryReference,
  whom: Parameters<typeof judgeEvidence>[2],
): Promise<NewVerdict> {
  if (!isTag(reference.tag ?? '')) return { outcome: 'unknown', whys: ['its name is not that of a tag'] };
  try {
    await using source = await world.openSource(reference);
    const found = await readEvidence(world, {}, source);
    const listed = await readList(world, { reference, isOffline: ask.isOffline }, found, whom.trustedRoots);
    const asked = { policy: ask.policy, keys: ask.keys, reference };
    const { verdict, unclear } = judgeEvidence(asked, found, whom, listed);
    const { digest } = found.root.descriptor;
    if (verdict.outcome === 'passed' && unclear.length === 0) return { outcome: 'passed', digest, whys: [] };
    const whys = [
      ...(verdict.sentence === undefined ? [] : [verdict.sentence]),
      ...verdict.demands.flatMap(({ check }) => (check.outcome === 'passed' ? [] : [check.sentence])),
      ...found.unknowns.map(({ where, why }) => `Not read, ${where}: ${why}`),
      ...unclear,
    ];
    // What could not be read may have been what was asked for.
    const outcome = found.unknowns.length + unclear.length > 0 ? 'unknown' : verdict.outcome;
    return { outcome, digest, whys };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    // Nothing under the tag is nothing that could be let in.
    if (error.kind === 'missing') return { outcome: 'failed', whys: ['The registry has no such tag.'] };
    return { outcome: 'unknown', whys: [error.message] };
  }
}
