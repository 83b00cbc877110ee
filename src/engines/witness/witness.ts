// A witness (C2SP tlog-witness): it cosigns a log's checkpoint where that only adds to the one that it cosigned last,
// so that a log cannot show two histories to those who ask for its witnesses. What it knows is one checkpoint for each
// log; the store changes it only from the one that was judged, and durably before the cosignature is handed out.
import { type Checkpoint, parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import type { Cosigner } from '../../formats/crypto/cosignature.ts';
import { emptyEdge, isSameHash, rootOfEdge } from '../../formats/crypto/merkle.ts';
import { type NoteKey, parseNote, verifyNote } from '../../formats/crypto/note.ts';
import { isConsistent, type Tree } from '../../formats/crypto/proof.ts';
import type { Clock } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { witnessErrors } from './errors.ts';
import { parseWitnessRequest, type WitnessRequest } from './request.ts';

/** The checkpoint of a log that was cosigned last. */
export interface WitnessedTree extends Tree {
  /** The note, with the log's signature and this witness's. */
  readonly note: string;
}

/** What a witness knows; each of its logs has one place. */
export interface WitnessStore {
  read(origin: string): Promise<WitnessedTree | undefined>;
  /**
   * Durable when it resolves. False, and nothing changed, where the log's last tree is not of `before` leaves any more
   * (undefined: none was cosigned): otherwise two requests at once could roll the log back.
   */
  replace(origin: string, before: number | undefined, tree: WitnessedTree): Promise<boolean>;
}

/** As the protocol answers; each has its own status. */
export type WitnessAnswer =
  /** 200: the cosignatures, a line each. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  /** 409: the size that it knows. */
  | { readonly kind: 'other-size'; readonly size: number }
  /** 404 */
  | { readonly kind: 'unknown-log'; readonly why: string }
  /** 403 */
  | { readonly kind: 'unsigned'; readonly why: string }
  /** 422: this is no continuation of what was cosigned. It may be proof that the log misbehaves. */
  | { readonly kind: 'inconsistent'; readonly why: string }
  /** 400 */
  | { readonly kind: 'malformed'; readonly why: string };

export interface WitnessParts {
  /** By their name, the first line of their checkpoints. A log that changed its key has several. */
  readonly logs: readonly NoteKey[];
  readonly cosigners: readonly Cosigner[];
  readonly store: WitnessStore;
  readonly clock: Clock;
}

export interface Witness {
  /** Throws only what the store throws. */
  addCheckpoint(body: string): Promise<WitnessAnswer>;
}

export function createWitness({ logs, cosigners, store, clock }: WitnessParts): Witness {
  async function judge({ oldSize, proof, checkpoint: note }: WitnessRequest): Promise<WitnessAnswer> {
    const signed = readSigned(note, logs);
    if ('kind' in signed) return signed;
    const { origin, size, root } = signed.checkpoint;
    if (oldSize > size)
      return { kind: 'malformed', why: `the old size ${oldSize} is over the checkpoint’s ${size}` };
    const last = await store.read(origin);
    const known: Tree = last ?? { size: 0, root: rootOfEdge(emptyEdge) };
    if (oldSize !== known.size) return { kind: 'other-size', size: known.size };
    const fault = whyInconsistent(known, { size, root }, proof);
    if (fault !== undefined) return { kind: 'inconsistent', why: fault };
    const lines = cosigners.map((one) => one.cosign(signed.text, clock.now())).join('');
    const tree = { size, root, note: `${keepOwn(note, signed.key)}${lines}` };
    if (await store.replace(origin, last?.size, tree)) return { kind: 'cosigned', lines };
    // Somebody was faster: what is known now is the answer.
    return { kind: 'other-size', size: (await store.read(origin))?.size ?? 0 };
  }

  return {
    async addCheckpoint(body) {
      try {
        return await judge(parseWitnessRequest(body));
      } catch (error) {
        if (isPlimsollError(error, { code: witnessErrors.request_invalid.code }))
          return { kind: 'malformed', why: error.message };
        throw error;
      }
    },
  };
}

function readSigned(
  note: string,
  logs: readonly NoteKey[],
): { readonly checkpoint: Checkpoint; readonly text: string; readonly key: NoteKey } | WitnessAnswer {
  try {
    const checkpoint = parseCheckpoint(parseNote(note).text);
    const keys = logs.filter(({ name }) => name === checkpoint.origin);
    if (keys.length === 0)
      return {
        kind: 'unknown-log',
        why: `${checkpoint.origin.slice(0, 100)} is no log that is witnessed here`,
      };
    return signedBy(note, checkpoint, keys);
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return { kind: 'malformed', why: error.message };
  }
}

function signedBy(
  note: string,
  checkpoint: Checkpoint,
  keys: readonly NoteKey[],
): { readonly checkpoint: Checkpoint; readonly text: string; readonly key: NoteKey } | WitnessAnswer {
  const { signatures } = parseNote(note);
  const used = keys.filter((key) => signatures.some(({ name, id }) => name === key.name && id === key.id));
  const [key] = used;
  if (key === undefined)
    return { kind: 'unsigned', why: `the checkpoint is not signed by a key of ${checkpoint.origin}` };
  try {
    // A line of a trusted key that does not hold makes the whole note malformed, whatever the others do.
    const [text = ''] = used.map((one) => verifyNote(note, one));
    return { checkpoint, text, key };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return { kind: 'unsigned', why: error.message };
  }
}

function whyInconsistent(known: Tree, grown: Tree, proof: WitnessRequest['proof']): string | undefined {
  if (grown.size === 0 && !isSameHash(grown.root, rootOfEdge(emptyEdge)))
    return 'a tree of no entries has the hash of nothing as its root';
  if (known.size === 0 && proof.length > 0)
    return 'nothing is the beginning of everything and needs no proof';
  if (isConsistent(known, grown, proof)) return undefined;
  return known.size === grown.size
    ? `the tree of ${grown.size} entries that was cosigned here has another root`
    : `the proof does not lead from the tree of ${known.size} entries to that of ${grown.size}`;
}

/** The text and the log's line; what others signed beside it was not checked and is not repeated. */
function keepOwn(note: string, { name, id }: NoteKey): string {
  const { text, signatures } = parseNote(note);
  const own = signatures.filter((one) => one.name === name && one.id === id);
  const lines = own.map(({ signature }) => {
    const bytes = Buffer.concat([Buffer.from(id, 'hex'), signature]);
    return `— ${name} ${bytes.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}
