// What is wrong with policies that are files: collected while their parts are read, and said at once, each with its line
// and column. For the files that stand beside policies of rules: trust policies and gate policies.
import type { z } from 'zod';
import type { Json } from '../../kit/json.ts';
import { describeIssue } from './issue.ts';
import type { Path, YamlText } from './yaml-text.ts';

export interface ShapeProblem {
  readonly path: Path;
  /** What is wrong is this key below the path, and not its value. */
  readonly key?: string;
  /** As `describeIssue` says it. */
  readonly text: string;
}

/** The value as the shape has it; undefined where it has not, and `problems` grows. `owner` is what sentences call it. */
export function readShape<T extends z.ZodObject>(
  shape: T,
  value: Json | undefined,
  path: Path,
  owner: string,
  problems: ShapeProblem[],
): z.output<T> | undefined {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const asked = { owner, keys: Object.keys(shape.shape), value };
  for (const issue of result.error.issues) {
    const own = [...path, ...(issue.path as Path)];
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) problems.push({ path: own, key, text: describeIssue(issue, asked, key) });
    else problems.push({ path: own, text: describeIssue(issue, asked) });
  }
  return undefined;
}

/** `trust.yaml:7:5: signers is missing; …`, in the order of the file, the YAML's own errors among them. */
export function formatProblems(
  fileName: string,
  yaml: YamlText,
  problems: readonly ShapeProblem[],
): readonly string[] {
  const placed = problems.map(({ path, key, text }) => ({
    ...(key === undefined ? yaml.placeOf(path) : yaml.placeOfKey(path, key)),
    text,
  }));
  return [...yaml.errors, ...placed]
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, text }) => `${fileName}:${line}:${column}: ${text}`);
}
