// What is wrong with a value of a policy file, in one sentence that says what would be right.
import type { z } from 'zod';
import { isJsonObject } from '../../kit/json.ts';
import { suggestNear } from './near.ts';

/** What was asked to be of a shape. */
export interface Asked {
  /** As a sentence calls it: `the file`, or the rule's id. */
  readonly owner: string;
  /** That it takes. */
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** `key` is the one that an issue of unknown keys is about. */
export function describeIssue(issue: z.core.$ZodIssue, { owner, keys, value }: Asked, key = ''): string {
  const given = valueAt(value, issue.path);
  const name = issue.path.findLast((step) => typeof step === 'string') ?? owner;
  const isItem = typeof issue.path.at(-1) === 'number';
  const has = isItem ? `${String(name)} has ${show(given)}` : `${String(name)} is ${show(given)}`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${String(name)} takes no key ${JSON.stringify(key.slice(0, 60))}${suggestKey(key, issue.path.length === 0 ? keys : [])}`;
    case 'invalid_type':
      return given === undefined && issue.path.length > 0
        ? `${String(name)} is missing; it must be ${describeType(issue.expected)}`
        : `${has}; it must be ${describeType(issue.expected)}`;
    case 'invalid_value': {
      const words = listWords(issue.values);
      const near = typeof given === 'string' ? suggestNear(given, words) : '';
      return `${has}; it must be one of ${words.join(', ')}${near}`;
    }
    case 'too_small':
      if (issue.origin === 'array') return `${String(name)} is empty; it must list at least one`;
      if (issue.origin === 'string') return `${has}; it must not be empty`;
      return `${has}; it must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `${String(name)} has more than ${issue.maximum} characters`;
      return `${has}; it must be at most ${issue.maximum}`;
    default:
      return `${has}; it ${issue.message.startsWith('must ') ? issue.message : `must be another value: ${issue.message}`}`;
  }
}

function suggestKey(key: string, keys: readonly string[]): string {
  return suggestNear(key, keys) || (keys.length === 0 ? '' : `; it takes ${keys.join(', ')}`);
}

/** Severities are read in upper case too, and named once. */
function listWords(values: readonly unknown[]): readonly string[] {
  const words = values.map(String);
  return words.filter((word) => word === word.toLowerCase() || !words.includes(word.toLowerCase()));
}

function describeType(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    array: 'a list',
    boolean: 'true or false',
    int: 'a whole number',
    number: 'a number',
    object: 'a map of keys, as "name: value"',
    string: 'text',
  };
  return words[expected] ?? expected;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner[step as number];
    return isJsonObject(inner) && Object.hasOwn(inner, step) ? inner[String(step)] : undefined;
  }, value);
}

/** Short, in one line. */
function show(value: unknown): string {
  if (value === undefined || value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (isJsonObject(value)) return 'a map';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
