// The switches of every command that looks into an image, read once.
import type { Command } from 'commander';
import type { Policy } from '../../engines/policy/policy.ts';
import { parseRegistryReference } from '../../formats/oci/reference.ts';
import { type CommandInput, isSet, textOption } from './command.ts';
import type { RepositoryPlace } from './counterpart.ts';
import { cliErrors } from './errors.ts';
import { readList } from './filter-option.ts';
import { loadPolicy } from './policy.ts';
import type { SubjectOptions } from './subject.ts';
import type { CliWorld } from './world.ts';

export function defineSubject(command: Command): Command {
  return command
    .option('--platform <platform>', 'os/architecture[/variant] of a multi-platform image')
    .option('--ref <reference>', 'which image, where an archive or a layout holds several')
    .option('--policy <file>', 'the policy to judge by; ./plimsoll.yaml where it is there')
    .option('--policy-config <file>', 'the same as --policy')
    .option('--only-policy <list>', 'judge by these rules of the policy alone')
    .option('--offline', 'do not ask the registry of the image’s base what its name means now')
    .option('-q, --quiet', 'no progress');
}

export async function readSubjectOptions(world: CliWorld, input: CommandInput): Promise<SubjectOptions> {
  const platform = textOption(input, 'platform');
  const ref = textOption(input, 'ref');
  return {
    ...(platform === undefined ? {} : { platform }),
    ...(ref === undefined ? {} : { ref }),
    isQuiet: isSet(input, 'quiet'),
    isOffline: isSet(input, 'offline'),
    policy: await readPolicy(world, input),
  };
}

async function readPolicy(world: CliWorld, input: CommandInput): Promise<Policy> {
  const policy = await loadPolicy(world, textOption(input, 'policy') ?? textOption(input, 'policyConfig'));
  const only = readList(input, 'onlyPolicy');
  if (only === undefined) return policy;
  const known = policy.rules.map(({ rule }) => rule);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw cliErrors.option_invalid(
      `--only-policy: the policy has no rule ${unknown}; it has ${known.join(', ')}`,
    );
  return { ...policy, rules: policy.rules.filter(({ rule }) => only.includes(rule)) };
}

/** Names of places that carry a registry's name behind them. */
const NAMED = /^(?:image|registry|local|docker|docker-daemon):(?:\/\/)?/;

/** The repository that an image's name tells, or `cli.option_invalid` for a place that tells none. */
export function placeOf(text: string): RepositoryPlace {
  const name = text.replace(NAMED, '');
  if (/^[a-z-]+:\/\/|^oci(?:-archive)?:|^docker-archive:/.test(name))
    throw cliErrors.option_invalid(
      `${text} names no repository in a registry, so there is no latest or environment of it: use --to`,
    );
  const { host, repository, tag } = parseRegistryReference(name);
  return { host, repository, ...(tag === undefined ? {} : { tag }) };
}
