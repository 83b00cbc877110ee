// `plimsoll dct resign ARCHIVE`: what Content Trust signed, signed by digest by whoever signs from now on, with the old
// evidence beside it as a statement of its own. A tag at a time is made, verified and written, so that a run that
// breaks off is taken up by the next; what this signer signed before is not signed again.
import { describeEvidence, type EvidenceParts } from '../../../../engines/dct/evidence-statement.ts';
import { planResign, type ResignStep } from '../../../../engines/dct/resign-plan.ts';
import { type Doubt, doubts, isBelievable, listTagEvidence } from '../../../../engines/dct/tag-evidence.ts';
import type { ImageSigner } from '../../../../engines/sign/seal.ts';
import { describeSigner } from '../../../../engines/sign/signed-before.ts';
import { isTag, type RegistryReference } from '../../../../formats/oci/reference.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { argument, type CommandInput, isSet, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printable } from '../../printable.ts';
import { formatResignText } from '../../report/resign-text.ts';
import { type ShownResign, type ShownResignTag, showStep } from '../../shown-resign.ts';
import { showSigner } from '../../shown-verification.ts';
import { findVouchers } from '../../signing/services.ts';
import type { CliWorld } from '../../world.ts';
import { type JudgedArchive, openArchive, readArtifact, readPlace } from './archive.ts';
import { checkFormat } from './print.ts';
import { createSignerShift, type SignerShift, signTag } from './sign-tag.ts';
import { readTodaysTags } from './todays-tags.ts';

interface ResignAsk {
  readonly tags?: readonly string[];
  readonly accepted: readonly Doubt[];
  readonly reason?: string;
  readonly isDryRun: boolean;
}

export async function resignTrust(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const format = checkFormat(input);
  const ask = readAsk(input);
  const signing = readSigning(input);
  const opened = await openArchive(world, input, argument(input, 1));
  checkTime(world, opened);
  const { archive, judgement } = opened;
  const place = readPlace(input, judgement.gun);
  const evidence = listTagEvidence(judgement);
  const wanted = ask.tags === undefined ? evidence : evidence.filter(({ tag }) => ask.tags?.includes(tag));
  const believed = wanted.filter((one) => isBelievable(one, ask.accepted));
  const today = await readTodaysTags(world, place, believed);
  const steps = planResign({ evidence, today, accepted: ask.accepted, ...(ask.tags && { tags: ask.tags }) });
  const { digest: archiveDigest } = (await readArtifact(archive, opened.read)).manifest.descriptor;
  const parts = { judgement, archive, archiveDigest };
  const shown = {
    repository: judgement.gun,
    place: `${place.host}/${place.repository}`,
    judgedAt: formatInstant(judgement.at),
    archive: archiveDigest,
    isDryRun: ask.isDryRun,
    ...(ask.reason === undefined ? {} : { accepted: { doubts: ask.accepted, reason: ask.reason } }),
  };
  const answer: ShownResign =
    ask.isDryRun || !steps.some(({ kind }) => kind === 'sign')
      ? { ...shown, tags: steps.map((step) => showStep(step)) }
      : { ...shown, ...(await signAll(world, signing, { place, steps, ask, parts })) };
  world.stdout.write(
    format === 'json' ? `${JSON.stringify(answer, undefined, 2)}\n` : formatResignText(answer, world.stdout),
  );
  if (answer.tags.length === 0) return exitCodes.no;
  return answer.tags.some(({ action }) => action === 'refused') ? exitCodes.no : exitCodes.yes;
}

interface Work {
  readonly place: RegistryReference;
  readonly steps: readonly ResignStep[];
  readonly ask: ResignAsk;
  readonly parts: Omit<EvidenceParts, 'evidence' | 'reason'>;
}

async function signAll(
  world: CliWorld,
  input: CommandInput,
  { place, steps, ask, parts }: Work,
): Promise<Pick<ShownResign, 'tags' | 'signer' | 'vouchedBy'>> {
  const vouchers = await findVouchers(world, input, place);
  const shift: SignerShift = createSignerShift(world, input, vouchers);
  const tags: ShownResignTag[] = [];
  let signer: ImageSigner | undefined;
  for (const step of steps) {
    world.signal.throwIfAborted();
    if (step.kind === 'refused') {
      tags.push(showStep(step));
      continue;
    }
    const { evidence } = step;
    const reason = evidence.standing === 'held' ? undefined : ask.reason;
    const predicate = describeEvidence({ ...parts, evidence, ...(reason === undefined ? {} : { reason }) });
    signer = await shift.signer();
    const done = await signTag(world, { place, evidence, predicate, signer });
    tags.push(done.kind === 'refused' ? showStep(done) : showStep(step, done.written));
    const said =
      done.kind === 'refused' ? done.why : done.written.length > 0 ? 'signed' : 'was signed before';
    world.stderr.write(`${printable(`${step.tag}: ${said}`)}\n`);
  }
  const who = signer === undefined ? {} : { signer: showSigner(describeSigner(signer)) };
  return { tags, ...who, vouchedBy: vouchers.name };
}

function readAsk(input: CommandInput): ResignAsk {
  const names = textOption(input, 'tags');
  if ((names === undefined) === !isSet(input, 'all'))
    throw cliErrors.usage('say which tags: --tags NAME,NAME or --all');
  const tags = names === undefined ? undefined : [...new Set(names.split(','))];
  const wrong = tags?.find((tag) => !isTag(tag));
  if (wrong !== undefined) throw cliErrors.option_invalid(`--tags: "${wrong}" is not a tag`);
  const accepted = readAccepted(textOption(input, 'accept'));
  const reason = textOption(input, 'reason')?.trim();
  if (accepted.length > 0 !== (reason !== undefined && reason !== ''))
    throw cliErrors.usage('--accept and --reason go together: what is taken on is signed with its reason');
  return {
    ...(tags === undefined ? {} : { tags }),
    accepted,
    ...(reason === undefined ? {} : { reason }),
    isDryRun: isSet(input, 'dryRun'),
  };
}

function readAccepted(text: string | undefined): readonly Doubt[] {
  if (text === undefined) return [];
  return text.split(',').map((name) => {
    const found = doubts.find((one) => one === name);
    if (found !== undefined) return found;
    throw cliErrors.option_invalid(`--accept is ${doubts.join(', ')} or both by a comma; "${text}" is not`);
  });
}

/** One key and one trusted root, as signing takes them. */
function readSigning(input: CommandInput): CommandInput {
  const one = (name: string, dashed: string): Readonly<Record<string, string>> => {
    const [first, ...more] = (input.options[name] ?? []) as readonly string[];
    if (more.length > 0) throw cliErrors.usage(`resign takes one --${dashed}`);
    return first === undefined ? {} : { [name]: first };
  };
  const { key: _keys, trustedRoot: _roots, ...rest } = input.options;
  return {
    ...input,
    options: { ...rest, ...one('key', 'key'), ...one('trustedRoot', 'trusted-root') },
  };
}

/**
 * Nothing in an archive says when a file was signed, so long ago nothing in it had expired. What the server showed at
 * the import counts at that time or later, and at no earlier one.
 */
function checkTime(world: CliWorld, { judgement, importedAt }: JudgedArchive): void {
  const { at } = judgement;
  if (importedAt === undefined || (at >= importedAt && at <= world.clock.now())) return;
  throw cliErrors.option_invalid(
    `resign judges between the import, ${formatInstant(importedAt)}, and now: --at archive is the former`,
  );
}
