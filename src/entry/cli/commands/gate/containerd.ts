// `plimsoll gate containerd`: containerd's image verifier (containerd, docs/image-verification.md). It is started with
// -name, -digest and -stdin-media-type, has an OCI descriptor on standard input, says its reason on standard output, and
// ends with 0 where the image may be pulled. The digest that containerd resolved is what is judged, never a tag's.

import { gateErrors } from '../../../../engines/gate/errors.ts';
import { explainDenial } from '../../../../engines/gate/explain.ts';
import { type Digest, isDigest } from '../../../../formats/oci/digest.ts';
import { decodeUtf8 } from '../../../../kit/bytes.ts';
import { isPlimsollError } from '../../../../kit/error.ts';
import { isJsonObject, type Json, parseJson } from '../../../../kit/json.ts';
import { limits } from '../../../../kit/limits.ts';
import { argument, type CommandInput } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printable } from '../../printable.ts';
import type { CliWorld } from '../../world.ts';
import { loadGate } from './load.ts';

const DESCRIPTOR = 'application/vnd.oci.descriptor.v1+json';
/** containerd 2.2 and later, where it asks again before a container starts. */
const INPUT = 'application/vnd.containerd.image-verifier.input.v1+json';

export async function verifyForContainerd(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  try {
    return await judge(world, input);
  } catch (cause) {
    // containerd shows people what stands on standard output alone.
    if (isPlimsollError(cause))
      world.stdout.write(`The gate could not judge it: ${printable(cause.message)}\n`);
    throw cause;
  }
}

async function judge(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(limits.gateAnswerMs)]);
  const call = readCall(input.args.slice(2));
  checkDigest(await world.readDocument('-', limits.verifierInputBytes), call);
  const gate = await loadGate(world, argument(input, 1));
  const decision = await gate.judge(
    {
      // A node knows of no namespaces of Kubernetes when it pulls.
      namespace: '',
      name: '',
      user: { name: '', groups: [] },
      annotations: new Map(),
      images: [{ image: `${call.name.replace(/@[^@]*$/, '')}@${call.digest}`, place: '' }],
      pins: true,
    },
    signal,
  );
  const [image] = decision.images;
  const reason = decision.isAllowed
    ? (image?.warnings[0] ?? image?.reasons[0]?.sentence ?? 'It is not looked at.')
    : explainDenial(decision);
  world.stdout.write(`${printable(reason).slice(0, limits.verifierReasonChars)}\n`);
  return decision.isAllowed ? exitCodes.yes : exitCodes.no;
}

interface Call {
  readonly name: string;
  readonly digest: Digest;
  readonly mediaType: string;
}

/** Go's flags: one dash or two, the value behind an equals sign or as the next word. Others are of a later containerd. */
function readCall(words: readonly string[]): Call {
  const flags = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const found = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(words[at] as string);
    if (found === null) throw gateErrors.verifier_input_invalid(`"${words[at]}" is no flag of a verifier`);
    const [, name = '', value] = found;
    if (value === undefined) at += 1;
    flags.set(name, value ?? words[at] ?? '');
  }
  const [name = '', digest = '', mediaType = ''] = ['name', 'digest', 'stdin-media-type'].map((one) =>
    flags.get(one),
  );
  if (name === '') throw gateErrors.verifier_input_invalid('-name is missing');
  if (!isDigest(digest))
    throw gateErrors.verifier_input_invalid(`-digest is "${digest.slice(0, 100)}", which is no digest`);
  return { name, digest, mediaType };
}

/** What stands on standard input must be about the same digest. */
function checkDigest(bytes: Uint8Array, { digest, mediaType }: Call): void {
  if (mediaType !== DESCRIPTOR && mediaType !== INPUT)
    throw gateErrors.verifier_input_invalid(
      `standard input is ${mediaType === '' ? 'of no type' : mediaType}; ${DESCRIPTOR} is read`,
    );
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const root = isJsonObject(value) ? value : {};
  const said = digestIn(mediaType === INPUT ? root.descriptor : root);
  if (said !== digest)
    throw gateErrors.verifier_input_invalid(
      `standard input is about ${typeof said === 'string' ? said.slice(0, 100) : 'no digest'}, -digest says ${digest}`,
    );
}

function digestIn(value: Json | undefined): Json | undefined {
  return isJsonObject(value) ? value.digest : undefined;
}
