// Pushes that wait for their owner, as an instance lists them, and the owner's answer: the same words as on the page.
// Nothing of what it says is believed but its shape; who confirms names the digest, or is shown the one that is
// confirmed.
import { parseDigest } from '../../formats/oci/digest.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { readJudgement, type ShownJudgement } from './judgement.ts';
import { printable } from './printable.ts';
import { formatJudgement } from './report/judgement.ts';
import type { CliWorld } from './world.ts';

interface ShownHold {
  readonly tag: string;
  readonly digest: string;
  readonly previous: string;
  readonly by: string;
  readonly via: string;
  readonly at: string;
  readonly judgement: ShownJudgement;
}

export interface HeldAnswer {
  readonly repository: string;
  readonly tag: string;
  /** Of the push that is meant; the one that waits where absent. */
  readonly digest?: string;
  readonly decision: 'confirm' | 'drop';
  readonly reason?: string;
}

/** Prints what waits in the repository, and how to answer; `images.*`. */
export async function showHeld(
  world: CliWorld,
  instance: InstanceClient,
  repository: string,
): Promise<ExitCode> {
  const holds = await readHolds(instance, repository);
  const name = `${instance.host}/${repository}`;
  if (holds.length === 0) world.stdout.write(`nothing waits in ${name}\n`);
  for (const { tag, digest, previous, by, via, at, judgement } of holds) {
    const lines = [
      `${tag}: ${by} (by ${via}) pushed ${digest} at ${at}`,
      `  served meanwhile: ${previous}`,
      ...formatJudgement(judgement, world.stdout),
      `  compare: plimsoll compare ${name}@${previous} --to ${name}@${digest}`,
      `  confirm: plimsoll repository confirm ${name}:${tag}@${digest}`,
      `  drop:    plimsoll repository drop ${name}:${tag}@${digest}`,
    ];
    world.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }
  return exitCodes.yes;
}

/** Moves the tag as it was pushed, or forgets the push. */
export async function answerHeld(
  world: CliWorld,
  instance: InstanceClient,
  { repository, tag, digest: named, decision, reason }: HeldAnswer,
): Promise<ExitCode> {
  const waiting = (await readHolds(instance, repository)).find((hold) => hold.tag === tag);
  const digest = named ?? waiting?.digest;
  if (digest === undefined)
    throw imageErrors.missing(`no push waits for ${instance.host}/${repository}:${tag}`);
  const bytes = await instance.send({
    method: 'POST',
    path: `/api/v1/repositories/${repository}/-/held/${tag}`,
    body: { decision, digest: parseDigest(digest), ...(reason === undefined ? {} : { reason }) },
    limitBytes: limits.registryAnswerBytes,
  });
  const { previous } = readHold(instance, parseJson(decodeUtf8(bytes) ?? '') ?? null);
  const said = decision === 'confirm' ? `is now ${digest}` : `stays ${previous}, without ${digest}`;
  world.stdout.write(`${printable(`${instance.host}/${repository}:${tag} ${said}`)}\n`);
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
  const { tag, digest, previous, by, via, at } = isJsonObject(value) ? value : {};
  const judgement = readJudgement(value);
  if (
    ![tag, digest, previous, by, via, at].every((text) => typeof text === 'string') ||
    judgement === undefined
  )
    throw foreign(instance);
  return { tag, digest, previous, by, via, at, judgement } as unknown as ShownHold;
}

function foreign({ host }: InstanceClient) {
  return imageErrors.registry_failed(`${host} is not a Plimsoll instance, or one of another version`);
}
