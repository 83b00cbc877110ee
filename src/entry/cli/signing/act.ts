// The act of `sign` and of `attest`: what the name leads to is read once, everything is made and verified, and only
// then written beside the image.
import { makeSignatures, type SignPlan } from '../../../engines/sign/make.ts';
import { listSubjects, type SubjectWish } from '../../../engines/sign/subject.ts';
import { writeSignatures } from '../../../engines/sign/write.ts';
import { parsePlatform } from '../../../formats/oci/platform.ts';
import {
  checkTarget,
  formatReference,
  parseReference,
  type TargetReference,
} from '../../../formats/oci/reference.ts';
import { argument, type CommandInput, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { checkChoice } from '../option.ts';
import { formatSigned } from '../report/signed-text.ts';
import { describeSigned } from '../shown-signed.ts';
import type { CliWorld } from '../world.ts';
import type { NotationOpened } from './notation.ts';
import { findVouchers } from './services.ts';
import { type NamedKey, openSigner } from './signer.ts';

export interface SigningAct {
  /** Of an index the index alone. */
  readonly isRootAlone: boolean;
  /** Binds the tag too, where the name has one. */
  readonly bindsTag: boolean;
  readonly claim?: SignPlan['claim'];
  readonly notation?: NotationOpened;
}

export async function signNamed(
  world: CliWorld,
  input: CommandInput,
  key: NamedKey,
  act: SigningAct,
): Promise<ExitCode> {
  const format = checkChoice('--format', textOption(input, 'format') ?? 'text', ['text', 'json']);
  const reference = readTarget(argument(input, 0));
  const name = reference.kind === 'registry' ? `${reference.host}/${reference.repository}` : undefined;
  const isOld = isSet(input, 'legacy');
  if (isOld && name === undefined)
    throw cliErrors.option_invalid('--legacy writes tags of a registry, and this image is in none');
  const platform = textOption(input, 'platform');
  const wish: SubjectWish = {
    isRootAlone: act.isRootAlone,
    ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
  };
  await using source = await world.openSource(reference);
  const [subjects, vouchers] = await Promise.all([
    listSubjects(source, wish),
    findVouchers(world, input, reference),
  ]);
  const signer = await openSigner(world, input, vouchers, key);
  const tag = act.bindsTag && platform === undefined ? reference.tag : undefined;
  const plan: SignPlan = {
    subjects,
    ...(act.claim === undefined ? {} : { claim: act.claim }),
    ...(tag === undefined || name === undefined ? {} : { tag: { name, tag } }),
    ...(isOld && name !== undefined ? { oldName: name } : {}),
    ...(act.notation === undefined ? {} : { notation: act.notation(vouchers, signer.services) }),
  };
  const made = await makeSignatures(plan, signer);
  world.signal.throwIfAborted();
  await using target = await world.openTarget(reference);
  await writeSignatures(made, target);
  const signed = describeSigned({ image: formatReference(reference), plan, made, signer, vouchers, input });
  world.stdout.write(
    format === 'json' ? `${JSON.stringify(signed, undefined, 2)}\n` : formatSigned(signed, world.stdout),
  );
  return exitCodes.yes;
}

function readTarget(text: string): Extract<TargetReference, { kind: 'registry' | 'oci-layout' }> {
  const reference = parseReference(text);
  checkTarget(reference);
  if (reference.kind === 'registry' || reference.kind === 'oci-layout') return reference;
  throw cliErrors.option_invalid(
    `"${text}" is an archive, to which nothing can be added: sign in a registry or in oci:FOLDER:TAG`,
  );
}
