// Policy files: `plimsoll.yaml`, or Docker Scout's policy-config JSON, which is YAML too. Pure. Every problem is
// said at once, each with line and column. Aliases and tags are refused: a policy needs none, and without
// them a small file stays small. What the file does not list does not hold (Scout adds its own defaults).
import { z } from 'zod';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { policyErrors } from './errors.ts';
import { type Asked, describeIssue } from './issue.ts';
import { suggestNear } from './near.ts';
import type { Policy, PolicyRule } from './policy.ts';
import { findRule, rules } from './rules/all.ts';
import { type Path, readYaml, type YamlText } from './yaml-text.ts';

const fileShape = z.strictObject({
  $schema: z.string().optional(),
  policies: z.array(z.unknown()).min(1),
  // Scout's switch for the print() of Rego policies.
  debug: z.unknown().optional(),
});

const entryShape = z.strictObject({
  name: z.string(),
  title: z.string().trim().min(1).max(200).optional(),
  enabled: z.boolean().default(true),
  weight: z.number().min(0).max(1_000_000).optional(),
  config: z.unknown().optional(),
});

interface Problem {
  readonly path: Path;
  /** Where it is not a value but a key of the map at `path`. */
  readonly key?: string;
  readonly text: string;
}

/**
 * The policy, or `policy.file_invalid` with a line per problem: `plimsoll.yaml:7:5: severities has "hgh"; …`.
 * `name` is the file as messages and verdicts call it.
 */
export function parsePolicyFile(text: string, name: string): Policy {
  if (text.length > limits.policyFileBytes)
    throw policyErrors.file_invalid(`${name} has more than ${limits.policyFileBytes} characters`);
  const yaml = readYaml(text);
  const problems: Problem[] = [];
  const enabled = yaml.errors.length > 0 ? [] : readFile(yaml.value, problems);
  const lines = [
    ...yaml.errors.map(({ line, column, text: what }) => ({ line, column, what })),
    ...problems.map((problem) => ({ ...place(yaml, problem), what: problem.text })),
  ].sort((a, b) => a.line - b.line || a.column - b.column);
  if (lines.length > 0)
    throw policyErrors.file_invalid(
      lines.map(({ line, column, what }) => `${name}:${line}:${column}: ${what}`).join('\n'),
    );
  return { name, rules: enabled };
}

function readFile(value: Json | undefined, problems: Problem[]): readonly PolicyRule[] {
  const file = fileShape.safeParse(value);
  const before = problems.length;
  if (!file.success) collect(file.error, [], { owner: 'the file', keys: ['policies'], value }, problems);
  const entries =
    isJsonObject(value) && Array.isArray(value.policies) ? (value.policies as readonly Json[]) : [];
  const read = entries.map((entry, at) => readEntry(entry, ['policies', at], problems));
  const enabled = read.filter((one) => one !== undefined);
  if (problems.length === before && enabled.length === 0)
    problems.push({
      path: ['policies'],
      text: 'no rule is enabled; list every rule that is to hold, what is not listed does not',
    });
  return enabled;
}

/** The rule, or undefined where it is not enabled or has problems, which are added. */
function readEntry(value: Json, path: Path, problems: Problem[]): PolicyRule | undefined {
  const entry = entryShape.safeParse(value);
  if (!entry.success)
    collect(entry.error, path, { owner: 'a rule', keys: Object.keys(entryShape.shape), value }, problems);
  const given = isJsonObject(value) ? value : {};
  if (typeof given.name !== 'string') return undefined;
  const rule = findRule(given.name);
  if (rule === undefined) {
    const names = rules.flatMap(({ id, names: others = [] }) => [id, ...others]);
    const near = suggestNear(given.name, names);
    const must = near === '' ? `; it must be one of ${rules.map(({ id }) => id).join(', ')}` : near;
    problems.push({ path: [...path, 'name'], text: `there is no rule ${quote(given.name)}${must}` });
    return undefined;
  }
  const config = rule.config.safeParse(given.config ?? {});
  if (!config.success) {
    const asked = { owner: rule.id, keys: Object.keys(rule.config.shape), value: given.config };
    collect(config.error, [...path, 'config'], asked, problems);
  }
  if (!entry.success || !config.success || !entry.data.enabled) return undefined;
  const { title, weight = rule.weight } = entry.data;
  return {
    rule: rule.id,
    ...(title === undefined ? {} : { title }),
    weight,
    config: config.data as PolicyRule['config'],
  };
}

function collect(error: z.ZodError, path: Path, asked: Asked, problems: Problem[]): void {
  for (const issue of error.issues) {
    const own = [...path, ...(issue.path as Path)];
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) problems.push({ path: own, key, text: describeIssue(issue, asked, key) });
    else problems.push({ path: own, text: describeIssue(issue, asked) });
  }
}

function place(yaml: YamlText, { path, key }: Problem): { readonly line: number; readonly column: number } {
  return key === undefined ? yaml.placeOf(path) : yaml.placeOfKey(path, key);
}

/** In one line, whatever it holds. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
