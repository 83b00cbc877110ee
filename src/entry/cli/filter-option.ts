// The switches that narrow which CVEs count, spelt as Docker Scout's users know them; one place for every command
// that has them. What they leave out is told in the answer.
import type { Command } from 'commander';
import type { Severity } from '../../engines/advisory/record.ts';
import type { FindingFilter } from '../../engines/compare/filter.ts';
import { type CommandInput, isSet, textOption } from './command.ts';
import { cliErrors } from './errors.ts';
import { checkChoice } from './option.ts';

/** `unspecified` is Scout's word for what nobody rated. */
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown', 'unspecified'] as const;

/** Adds the switches of every command that shows CVEs. */
export function defineFilter(command: Command): Command {
  return command
    .option('--only-severity <list>', 'only these: critical, high, medium, low, unspecified')
    .option('--only-package-type <list>', 'only packages of these types: deb, apk, npm, pypi, golang')
    .option('--only-fixed', 'only CVEs that have a fix')
    .option('--only-unfixed', 'only CVEs that have none')
    .option('--only-cisa-kev', 'only CVEs that are known to be exploited')
    .option('--ignore-base', 'leave out what came with the base image');
}

/** Adds those of `cves` alone. */
export function defineSearch(command: Command): Command {
  return command
    .option('--only-base', 'only what came with the base image')
    .option('--only-cve-id <list>', 'only these CVEs')
    .option('--only-package <list>', 'only packages whose names match one of these regular expressions')
    .option('--only-metric <list>', 'only CVEs with these CVSS metrics, as AV:N or PR:L')
    .option('--epss-score <number>', 'leave out CVEs with an EPSS score below this (0 to 1)')
    .option('--epss-percentile <number>', 'leave out CVEs below this EPSS percentile (0 to 1)');
}

/** The filter of a command line, or `cli.option_invalid`. */
export function readFilter(input: CommandInput): FindingFilter {
  const severities = readList(input, 'onlySeverity')?.map((word): Severity => {
    const known = checkChoice('--only-severity', word.toLowerCase(), SEVERITIES);
    return known === 'unspecified' ? 'unknown' : known;
  });
  return {
    ...present('severities', severities),
    ...present('packageTypes', readList(input, 'onlyPackageType')),
    ...present('fix', readEither(input, 'onlyFixed', 'fixed', 'onlyUnfixed', 'unfixed')),
    ...(isSet(input, 'onlyCisaKev') ? { isExploitedOnly: true as const } : {}),
    ...present('base', readEither(input, 'ignoreBase', 'ignore', 'onlyBase', 'only')),
    ...present('ids', readList(input, 'onlyCveId')),
    ...present('packages', readList(input, 'onlyPackage')?.map(checkPattern)),
    ...present(
      'metrics',
      readList(input, 'onlyMetric')?.map((metric) => metric.toUpperCase()),
    ),
    ...present('epssScore', readShare(input, 'epssScore', '--epss-score')),
    ...present('epssPercentile', readShare(input, 'epssPercentile', '--epss-percentile')),
  };
}

/** Words divided by commas; undefined where the option was not given. */
export function readList(input: CommandInput, name: string): readonly string[] | undefined {
  const words = textOption(input, name)
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return words === undefined || words.length === 0 ? undefined : words;
}

function readEither<A extends string, B extends string>(
  input: CommandInput,
  first: string,
  firstValue: A,
  second: string,
  secondValue: B,
): A | B | undefined {
  const [isFirst, isSecond] = [isSet(input, first), isSet(input, second)];
  if (isFirst && isSecond)
    throw cliErrors.option_invalid(`${dashed(first)} and ${dashed(second)} leave nothing: give one of them`);
  return isFirst ? firstValue : isSecond ? secondValue : undefined;
}

function dashed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function checkPattern(pattern: string): string {
  try {
    new RegExp(pattern);
    return pattern;
  } catch (cause) {
    throw cliErrors.option_invalid(`--only-package: "${pattern}" is no regular expression`, { cause });
  }
}

function readShare(input: CommandInput, name: string, option: string): number | undefined {
  const text = textOption(input, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw cliErrors.option_invalid(`${option} is a number from 0 to 1; "${text}" is none`);
}

function present<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]: V });
}
