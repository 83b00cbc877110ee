// Asking witnesses for their word on a checkpoint (C2SP tlog-witness, the log's side). Each is told from the size that
// it knew last; one that knows another says so once and is asked again. Only lines that hold are taken over, and a
// witness that does not answer, or says something else, is told by name: a log goes on without it.
import { parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { judgeCosignature } from '../../formats/crypto/cosignature.ts';
import type { MerkleHash } from '../../formats/crypto/merkle.ts';
import { parseNote } from '../../formats/crypto/note.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { PolicyWitness } from './policy.ts';
import { formatWitnessRequest } from './request.ts';

/** What came back over the wire. */
export interface WitnessReply {
  readonly status: number;
  readonly body: string;
}

export interface CollectParts {
  /** The log's signed checkpoint. */
  readonly checkpoint: string;
  readonly witnesses: readonly PolicyWitness[];
  /** Of the log's own tree; 0 < `before` <= `after`. */
  readonly prove: (before: number, after: number) => Promise<readonly MerkleHash[]>;
  /** Posts to `URL/add-checkpoint`; throws where nothing comes back in time. */
  readonly ask: (url: string, body: string) => Promise<WitnessReply>;
  /** What each address is believed to know; changed to what it does know. */
  readonly sizes: Map<string, number>;
}

export interface Collected {
  /** The checkpoint with the lines of those who cosigned. */
  readonly checkpoint: string;
  readonly cosigned: readonly string[];
  readonly missed: readonly { readonly name: string; readonly why: string }[];
}

/** Asks all addresses at once, each once for all the keys that stand behind it. Rejects only where the own tree cannot be read. */
export async function collectCosignatures(parts: CollectParts): Promise<Collected> {
  const places = Map.groupBy(
    parts.witnesses.filter(({ url }) => url !== undefined),
    ({ url }) => url as string,
  );
  const answers = await Promise.all([...places].map(([url, keys]) => askPlace(url, keys, parts)));
  return {
    checkpoint: `${parts.checkpoint}${answers.flatMap(({ lines }) => lines).join('')}`,
    cosigned: answers.flatMap(({ cosigned }) => cosigned),
    missed: answers.flatMap(({ missed }) => missed),
  };
}

interface PlaceAnswer extends Omit<Collected, 'checkpoint'> {
  readonly lines: readonly string[];
}

async function askPlace(
  url: string,
  keys: readonly PolicyWitness[],
  parts: CollectParts,
): Promise<PlaceAnswer> {
  const said = await askTwice(url, parts);
  const none = (why: string): PlaceAnswer => ({
    lines: [],
    cosigned: [],
    missed: keys.map(({ name }) => ({ name, why })),
  });
  if ('why' in said) return none(said.why);
  const found = keys.map((one) => ({ name: one.name, line: takeOwn(one, parts.checkpoint, said.body) }));
  const held = found.filter(({ line }) => line !== undefined);
  return {
    lines: held.map(({ line }) => line as string),
    cosigned: held.map(({ name }) => name),
    missed: found
      .filter(({ line }) => line === undefined)
      .map(({ name }) => ({ name, why: 'what it answers is no cosignature of its key' })),
  };
}

type Said = { readonly body: string } | { readonly why: string };

async function askTwice(url: string, parts: CollectParts): Promise<Said> {
  const { size } = parseCheckpoint(parseNote(parts.checkpoint).text);
  const first = await askFrom(url, parts, parts.sizes.get(url) ?? 0, size);
  if (typeof first !== 'number') return first;
  parts.sizes.set(url, first);
  if (first > size) return { why: `it knows a tree of ${first} entries, and this one has ${size}` };
  const second = await askFrom(url, parts, first, size);
  return typeof second === 'number' ? { why: 'it says another size each time that it is asked' } : second;
}

/** A number is the size that the witness knows instead. */
async function askFrom(
  url: string,
  { checkpoint, prove, ask, sizes }: CollectParts,
  known: number,
  size: number,
): Promise<Said | number> {
  const oldSize = Math.min(known, size);
  const proof = oldSize === 0 || oldSize === size ? [] : await prove(oldSize, size);
  let reply: WitnessReply;
  try {
    reply = await ask(url, formatWitnessRequest({ oldSize, proof, checkpoint }));
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return { why: error.message };
  }
  if (reply.status === 409) {
    const other = /^(0|[1-9][0-9]{0,15})\n$/.exec(reply.body)?.[1];
    return other === undefined ? { why: 'it says that it knows another size, and not which' } : Number(other);
  }
  if (reply.status !== 200) return { why: `it answers ${reply.status}: ${printable(reply.body)}` };
  sizes.set(url, size);
  return { body: reply.body };
}

/** The line of the witness's key, once, where it holds; keys that are not known are passed over. */
function takeOwn({ key }: PolicyWitness, checkpoint: string, body: string): string | undefined {
  const own = body.split('\n').filter((line) => line.startsWith(`— ${key.name} `));
  for (const line of own)
    try {
      if (judgeCosignature(`${checkpoint}${line}\n`, key).kind === 'held') return `${line}\n`;
    } catch (error) {
      if (!isPlimsollError(error)) throw error;
    }
  return undefined;
}

function printable(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}
