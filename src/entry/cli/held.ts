// Pushes that wait for their owner, as an instance lists them, and the owner's answer. Nothing of what it says is
// believed but its shape; who confirms names the digest, or is shown the one that is confirmed.
import { parseDigest } from '../../formats/oci/digest.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { printable } from './printable.ts';
import { readSuspicions, type ShownSuspicion } from './tag-history.ts';
import type { CliWorld } from './world.ts';

interface ShownHold {
  readonly tag: string;
  readonly digest: string;
  readonly previous: string;
  readonly by: string;
  readonly at: string;
  readonly suspicions: readonly ShownSuspicion[];
}

/** Prints what waits in the repository; `images.*`. */
export async function showHeld(
  world: CliWorld,
  instance: InstanceClient,
  repository: string,
): Promise<ExitCode> {
  const holds = await readHolds(instance, repository);
  if (holds.length === 0) world.stdout.write(`nothing waits in ${instance.host}/${repository}\n`);
  for (const { tag, digest, previous, by, at, suspicions } of holds) {
    const lines = [
      `${tag}: ${by} pushed ${digest} at ${at}`,
      `  served meanwhile: ${previous}`,
      ...suspicions.map(({ rule, why }) => `  ${rule}: ${why}`),
    ];
    world.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }
  return exitCodes.yes;
}

/** Moves the tag as it was pushed, or forgets the push; of the one that waits where no digest is named. */
export async function answerHeld(
  world: CliWorld,
  instance: InstanceClient,
  place: { readonly repository: string; readonly tag: string; readonly digest?: string },
  decision: 'confirm' | 'drop',
): Promise<ExitCode> {
  const { repository, tag } = place;
  const waiting = (await readHolds(instance, repository)).find((hold) => hold.tag === tag);
  const digest = place.digest ?? waiting?.digest;
  if (digest === undefined)
    throw imageErrors.missing(`no push waits for ${instance.host}/${repository}:${tag}`);
  await instance.send({
    method: 'POST',
    path: `/api/v1/repositories/${repository}/-/held/${tag}`,
    body: { decision, digest: parseDigest(digest) },
    limitBytes: limits.registryAnswerBytes,
  });
  const said = decision === 'confirm' ? 'is now' : 'stays what it was, without';
  world.stdout.write(`${instance.host}/${repository}:${tag} ${said} ${digest}\n`);
  return exitCodes.yes;
}

async function readHolds(instance: InstanceClient, repository: string): Promise<readonly ShownHold[]> {
  const path = `/api/v1/repositories/${repository}/-/held`;
  const bytes = await instance.send({ path, limitBytes: limits.registryAnswerBytes });
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const holds = isJsonObject(value) ? value.holds : undefined;
  if (!Array.isArray(holds)) throw foreign(instance);
  return holds.map((one) => readHold(instance, one));
}

function readHold(instance: InstanceClient, value: Json): ShownHold {
  const { tag, digest, previous, by, at, suspicions } = isJsonObject(value) ? value : {};
  const texts = [tag, digest, previous, by, at];
  if (!texts.every((text) => typeof text === 'string')) throw foreign(instance);
  const [first, ...rest] = texts as [string, string, string, string, string];
  return {
    tag: first,
    digest: rest[0],
    previous: rest[1],
    by: rest[2],
    at: rest[3],
    suspicions: readSuspicions(suspicions) ?? [],
  };
}

function foreign({ host }: InstanceClient) {
  return imageErrors.registry_failed(`${host} is not a Plimsoll instance, or one of another version`);
}
