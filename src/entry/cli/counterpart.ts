// What an image is compared to: a reference as given, the newest other tag of its repository, or what is
// recorded to run in an environment. Answers with a reference again, so that everything after is the same.
import { compareSemverVersions, isSemverVersion } from '../../formats/packages/semver-version.ts';
import { environmentOfTag, environmentTag, readEnvironment } from '../../services/hub/environment.ts';
import { type CommandInput, isSet, textOption } from './command.ts';
import { cliErrors } from './errors.ts';
import type { CliWorld } from './world.ts';

/** A repository in a registry, as its part of a reference. */
export interface RepositoryPlace {
  readonly host: string;
  readonly repository: string;
  /** The tag that was asked about, if it was by tag. */
  readonly tag?: string;
}

/** The reference of `--to`, `--to-latest` or `--to-env`; exactly one of them. */
export async function findCounterpart(
  world: CliWorld,
  input: CommandInput,
  place: () => RepositoryPlace,
): Promise<string> {
  const to = textOption(input, 'to');
  const environment = textOption(input, 'toEnv');
  const isLatest = isSet(input, 'toLatest');
  if ([to !== undefined, environment !== undefined, isLatest].filter(Boolean).length !== 1)
    throw cliErrors.usage('compare needs exactly one of --to, --to-latest and --to-env');
  if (to !== undefined) return to;
  return environment === undefined
    ? await findLatest(world, place())
    : await findEnvironment(world, place(), environment);
}

/** `HOST/REPOSITORY@DIGEST` of what runs there. */
export async function findEnvironment(
  world: CliWorld,
  { host, repository }: RepositoryPlace,
  environment: string,
): Promise<string> {
  const tag = environmentTag(environment);
  await using source = await world.openSource({ kind: 'registry', host, repository, tag });
  const { digest } = await readEnvironment(source);
  return `${host}/${repository}@${digest}`;
}

/**
 * The repository's `latest`, else its highest version that is no pre-release, other than the tag that is asked
 * about; `cli.nothing_to_compare` where there is neither. Registries do not tell when a tag was pushed.
 */
export async function findLatest(world: CliWorld, place: RepositoryPlace): Promise<string> {
  const { host, repository } = place;
  const tags = (await world.listTags(host, repository)).filter(
    (tag) => tag !== place.tag && environmentOfTag(tag) === undefined,
  );
  const versions = tags
    .filter((tag) => isSemverVersion(tag) && !tag.includes('-'))
    .sort((a, b) => compareSemverVersions(b, a) ?? 0);
  const tag = tags.includes('latest') ? 'latest' : versions[0];
  if (tag !== undefined) return `${host}/${repository}:${tag}`;
  throw cliErrors.nothing_to_compare(
    `${host}/${repository} has neither a tag latest nor a version other than the image itself`,
  );
}
