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

/** What came back over the wire; `sizeText` of a 409's body. */
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
  /** What each witness is believed to know, by its name; changed to what it does know. */
  readonly sizes: Map<string, number>;
}

export interface Collected {
  /** The checkpoint with the lines of those who cosigned. */
  readonly checkpoint: string;
  readonly cosigned: readonly string[];
  readonly missed: readonly { readonly name: string; readonly why: string }[];
}

/** Asks all at once. Rejects only where the log's own tree cannot be read. */
export async function collectCosignatures(parts: CollectParts): Promise<Collected> {
  const asked = parts.witnesses.filter(({ url }) => url !== undefined);
  const answers = await Promise.all(asked.map((witness) => askOne(witness, parts)));
  const lines = answers.flatMap((answer) => ('lines' in answer ? [answer.lines] : []));
  return {
    checkpoint: `${parts.checkpoint}${lines.join('')}`,
    cosigned: asked.filter((_, at) => 'lines' in (answers[at] as object)).map(({ name }) => name),
    missed: answers.flatMap((answer, at) =>
      'why' in answer ? [{ name: (asked[at] as PolicyWitness).name, why: answer.why }] : [],
    ),
  };
}

type OneAnswer = { readonly lines: string } | { readonly why: string };

async function askOne(witness: PolicyWitness, parts: CollectParts): Promise<OneAnswer> {
  const { size } = parseCheckpoint(parseNote(parts.checkpoint).text);
  const first = await askFrom(witness, parts, parts.sizes.get(witness.name) ?? 0, size);
  if (typeof first !== 'number') return first;
  parts.sizes.set(witness.name, first);
  if (first > size) return { why: `it knows a tree of ${first} entries, and this one has ${size}` };
  const second = await askFrom(witness, parts, first, size);
  return typeof second === 'number' ? { why: 'it says another size each time that it is asked' } : second;
}

/** A number is the size that the witness knows instead. */
async function askFrom(
  witness: PolicyWitness,
  { checkpoint, prove, ask, sizes }: CollectParts,
  known: number,
  size: number,
): Promise<OneAnswer | number> {
  const oldSize = Math.min(known, size);
  const proof = oldSize === 0 || oldSize === size ? [] : await prove(oldSize, size);
  let reply: WitnessReply;
  try {
    reply = await ask(witness.url as string, formatWitnessRequest({ oldSize, proof, checkpoint }));
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return { why: error.message };
  }
  if (reply.status === 409) {
    const other = /^(0|[1-9][0-9]{0,15})\n$/.exec(reply.body)?.[1];
    return other === undefined ? { why: 'it says that it knows another size, and not which' } : Number(other);
  }
  if (reply.status !== 200) return { why: `it answers ${reply.status}: ${printable(reply.body)}` };
  const lines = takeOwn(witness, checkpoint, reply.body);
  if (lines === undefined) return { why: 'what it answers is no cosignature of its key' };
  sizes.set(witness.name, size);
  return { lines };
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
