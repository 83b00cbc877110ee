// A rule of retention as the command line takes it: by options, or by a YAML file of the same members as the API's.
import { limits } from '../../kit/limits.ts';
import type { KeepRule } from '../../services/registry/retention-rule.ts';
import { keepRule } from '../http/contract-retention.ts';
import { type CommandInput, isSet, textOption } from './command.ts';
import { cliErrors } from './errors.ts';
import { checkAge, checkCount } from './option.ts';
import type { CliWorld } from './world.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Tags of a repository that anybody counts by hand. */
const MOST = 1_000_000;

/** The rule that is given; undefined where none is. `cli.usage`, `cli.option_invalid`. */
export async function readKeepRule(world: CliWorld, input: CommandInput): Promise<KeepRule | undefined> {
  const file = textOption(input, 'file');
  const byOptions = readOptions(input);
  const isAny = Object.keys(byOptions).length > 0;
  if (file === undefined) return isAny ? byOptions : undefined;
  if (isAny) throw cliErrors.usage('--file holds the whole rule: it goes with no other option of the rule');
  return readFile(world, file);
}

function readOptions(input: CommandInput): KeepRule {
  const last = textOption(input, 'keepLast');
  const younger = textOption(input, 'youngerThan');
  const pulled = textOption(input, 'pulledWithin');
  const matching = input.options.matching as readonly string[] | undefined;
  return {
    ...(last === undefined ? {} : { keepLast: checkCount('--keep-last', last, MOST) }),
    ...(younger === undefined ? {} : { keepDays: checkAge('--younger-than', younger) / DAY_MS }),
    ...(pulled === undefined ? {} : { pulledWithin: checkAge('--pulled-within', pulled) / DAY_MS }),
    ...(matching === undefined ? {} : { keepMatching: matching.flatMap(splitPatterns) }),
    ...(isSet(input, 'alsoReleases') ? { keepReleases: false } : {}),
  };
}

function splitPatterns(text: string): readonly string[] {
  const patterns = text.split(',').map((one) => one.trim());
  if (patterns.includes(''))
    throw cliErrors.option_invalid(
      `--matching takes patterns of tags, as 'v*' or 'main,stable-*'; "${text}" is not that`,
    );
  return patterns;
}

async function readFile(world: CliWorld, path: string): Promise<KeepRule> {
  const text = await world.readTextFile(path, limits.retentionFileBytes);
  if (text === undefined) throw cliErrors.option_invalid(`there is no file ${path}, which --file names`);
  // With it comes the YAML parser, which most runs do not need.
  const { readYaml } = await import('../../engines/policy/yaml-text.ts');
  const { describeIssue } = await import('../../engines/policy/issue.ts');
  const { errors, value, placeOf } = readYaml(text);
  const [error] = errors;
  if (error !== undefined)
    throw cliErrors.option_invalid(`${path}:${error.line}:${error.column}: ${error.text}`);
  const read = keepRule.safeParse(value);
  if (read.success)
    return Object.fromEntries(Object.entries(read.data).filter(([, one]) => one !== undefined));
  const [issue] = read.error.issues;
  if (issue === undefined) throw read.error;
  const { line, column } = placeOf(issue.path as (string | number)[]);
  const [key = ''] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const asked = { owner: 'the rule', keys: Object.keys(keepRule.shape), value };
  throw cliErrors.option_invalid(`${path}:${line}:${column}: ${describeIssue(issue, asked, key)}`);
}

/** In words, as a list of what is kept. */
export function describeRule(
  rule: { readonly [K in keyof KeepRule]: KeepRule[K] | undefined },
): readonly string[] {
  const { keepLast, keepDays, pulledWithin, keepMatching = [], keepReleases } = rule;
  return [
    ...(keepLast === undefined ? [] : [`the last ${keepLast} tags that moved`]),
    ...(keepDays === undefined ? [] : [`what moved within ${keepDays} days`]),
    ...(pulledWithin === undefined ? [] : [`what was pulled within ${pulledWithin} days`]),
    ...(keepMatching.length === 0 ? [] : [`what matches ${keepMatching.join(', ')}`]),
    ...(keepReleases === false ? [] : ['releases, and what else cannot move']),
  ];
}
