// Which witnesses are believed and how many of them must have cosigned (C2SP tlog-policy): logs, witnesses, groups of
// them with a threshold, and the quorum. The one format that other tools of transparency logs read too.
import { type CosignerKey, formatCosignerKey, parseCosignerKey } from '../../formats/crypto/cosignature.ts';
import { formatNoteKey, type NoteKey, parseNoteKey } from '../../formats/crypto/note.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { witnessErrors } from './errors.ts';

export interface PolicyWitness {
  readonly kind: 'witness';
  readonly name: string;
  readonly key: CosignerKey;
  /** Submission prefix, without a slash at its end; absent where it is only believed, not asked. */
  readonly url?: string;
}

/** At least `threshold` of the members must have cosigned. */
export interface WitnessGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly (PolicyWitness | WitnessGroup)[];
}

export interface WitnessPolicy {
  readonly logs: readonly { readonly key: NoteKey; readonly url?: string }[];
  readonly witnesses: readonly PolicyWitness[];
  /** Absent: none is required. */
  readonly quorum?: PolicyWitness | WitnessGroup;
}

interface Reading {
  readonly logs: WitnessPolicy['logs'][number][];
  readonly named: Map<string, PolicyWitness | WitnessGroup>;
  /** Names that are members already: each counts in one way only. */
  readonly used: Set<string>;
  /** Keys without their names: one key under two names would count twice. */
  readonly keys: Set<string>;
  quorum?: { readonly of?: PolicyWitness | WitnessGroup };
}

/** `witness.policy_invalid` with `file` and the line. */
export function parseWitnessPolicy(text: string, file: string): WitnessPolicy {
  if (text.length > limits.witnessPolicyChars)
    throw witnessErrors.policy_invalid(`${file} has over ${limits.witnessPolicyChars} characters`);
  const reading: Reading = { logs: [], named: new Map(), used: new Set(), keys: new Set() };
  for (const [at, line] of text.split('\n').entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words[0] === undefined || words[0].startsWith('#')) continue;
    const why = readLine(words[0], words.slice(1), reading);
    if (why !== undefined) throw witnessErrors.policy_invalid(`${file}:${at + 1}: ${why}`);
  }
  const { logs, named, quorum } = reading;
  if (quorum === undefined) throw witnessErrors.policy_invalid(`${file} has no line "quorum"`);
  const witnesses = [...named.values()].filter((one) => one.kind === 'witness');
  return { logs, witnesses, ...(quorum.of === undefined ? {} : { quorum: quorum.of }) };
}

/** What is wrong with the line, or undefined. */
function readLine(word: string, words: readonly string[], reading: Reading): string | undefined {
  try {
    switch (word) {
      case 'log':
        return readLog(words, reading);
      case 'witness':
        return readWitness(words, reading);
      case 'group':
        return readGroup(words, reading);
      case 'quorum':
        return readQuorum(words, reading);
      default:
        return `"${word.slice(0, 40)}" is none of log, witness, group, quorum`;
    }
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return error.message;
  }
}

function readLog([text, url, ...more]: readonly string[], { logs, keys }: Reading): string | undefined {
  if (text === undefined || more.length > 0) return 'it is not "log KEY [URL]"';
  const key = parseNoteKey(text);
  return (
    readUrl(url) ??
    addKey(keys, key.publicKey) ??
    void logs.push({ key, ...(url === undefined ? {} : { url: trimUrl(url) }) })
  );
}

function readWitness(
  [name, text, url, ...more]: readonly string[],
  { named, keys }: Reading,
): string | undefined {
  if (name === undefined || text === undefined || more.length > 0)
    return 'it is not "witness NAME KEY [URL]"';
  const key = parseCosignerKey(text);
  return (
    readUrl(url) ??
    addKey(keys, key.publicKey) ??
    define(named, { kind: 'witness', name, key, ...(url === undefined ? {} : { url: trimUrl(url) }) })
  );
}

function readGroup([name, count, ...names]: readonly string[], reading: Reading): string | undefined {
  if (name === undefined || count === undefined || names.length === 0)
    return 'it is not "group NAME all|any|NUMBER MEMBER…"';
  const members: (PolicyWitness | WitnessGroup)[] = [];
  for (const one of names) {
    const member = reading.named.get(one);
    if (member === undefined) return `"${one}" is defined on no line before`;
    if (reading.used.has(one)) return `"${one}" is a member already, and counts only once`;
    reading.used.add(one);
    members.push(member);
  }
  const threshold = readThreshold(count, members.length);
  if (threshold === undefined) return `"${count}" is none of all, any, and 1 to ${members.length}`;
  return define(reading.named, { kind: 'group', name, threshold, members });
}

function readQuorum([name, ...more]: readonly string[], reading: Reading): string | undefined {
  if (name === undefined || more.length > 0) return 'it is not "quorum NAME"';
  if (reading.quorum !== undefined) return 'there is a quorum already';
  const of = reading.named.get(name);
  if (of === undefined && name !== 'none') return `"${name}" is defined on no line before`;
  reading.quorum = of === undefined ? {} : { of };
  return undefined;
}

function readThreshold(text: string, count: number): number | undefined {
  if (text === 'all') return count;
  if (text === 'any') return 1;
  const number = /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= count ? number : undefined;
}

function define(
  named: Map<string, PolicyWitness | WitnessGroup>,
  one: PolicyWitness | WitnessGroup,
): string | undefined {
  if (one.name === 'none') return '"none" is no name of a witness or a group';
  if (named.has(one.name)) return `"${one.name}" is defined already`;
  if (named.size >= limits.witnessPolicyNames) return `there are over ${limits.witnessPolicyNames} names`;
  named.set(one.name, one);
  return undefined;
}

function addKey(keys: Set<string>, publicKey: Uint8Array): string | undefined {
  const raw = Buffer.from(publicKey).toString('base64');
  if (keys.has(raw)) return 'its key is on a line before';
  keys.add(raw);
  return undefined;
}

function readUrl(url: string | undefined): string | undefined {
  return url === undefined || /^https?:\/\/[^\s?#]+$/.test(url)
    ? undefined
    : `"${url.slice(0, 100)}" is no address that begins with https://`;
}

function trimUrl(url: string): string {
  return url.replace(/\/+$/, '');
}

/** The same policy, as a file. Groups stand behind their members. */
export function formatWitnessPolicy({ logs, witnesses, quorum }: WitnessPolicy): string {
  const lines = [
    ...logs.map(({ key, url = '' }) => `log ${formatNoteKey(key)} ${url}`),
    ...witnesses.map(({ name, key, url = '' }) => `witness ${name} ${formatCosignerKey(key)} ${url}`),
    ...formatGroups(quorum),
    `quorum ${quorum?.name ?? 'none'}`,
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function formatGroups(one: PolicyWitness | WitnessGroup | undefined): readonly string[] {
  if (one?.kind !== 'group') return [];
  const names = one.members.map(({ name }) => name).join(' ');
  return [...one.members.flatMap(formatGroups), `group ${one.name} ${one.threshold} ${names}`];
}
