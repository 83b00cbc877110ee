// What a log posts to a witness's add-checkpoint (C2SP tlog-witness): the size that the witness knows, the proof from
// there, an empty line, and the signed checkpoint.
import { hashBytes, type MerkleHash } from '../../formats/crypto/merkle.ts';
import { decodeBase64 } from '../../formats/crypto/note.ts';
import { witnessErrors } from './errors.ts';

export interface WitnessRequest {
  /** Of the tree that the witness cosigned last; 0 where it never did. */
  readonly oldSize: number;
  readonly proof: readonly MerkleHash[];
  /** The whole note. */
  readonly checkpoint: string;
}

/** More than any tree of 2^63 leaves has (tlog-witness). */
const MOST_HASHES = 63;

export function formatWitnessRequest({ oldSize, proof, checkpoint }: WitnessRequest): string {
  const hashes = proof.map((one) => `${Buffer.from(one).toString('base64')}\n`);
  return `old ${oldSize}\n${hashes.join('')}\n${checkpoint}`;
}

/** `witness.request_invalid`; the checkpoint is looked at by nobody yet. */
export function parseWitnessRequest(body: string): WitnessRequest {
  const end = body.indexOf('\n\n');
  const [first = '', ...lines] = end < 0 ? [] : body.slice(0, end).split('\n');
  const [, sizeText] = /^old (0|[1-9][0-9]{0,15})$/.exec(first) ?? [];
  const oldSize = Number(sizeText);
  if (sizeText === undefined || !Number.isSafeInteger(oldSize))
    throw witnessErrors.request_invalid(`"${first.slice(0, 60)}" is not "old" and a size`);
  if (lines.length > MOST_HASHES)
    throw witnessErrors.request_invalid(
      `a proof has at most ${MOST_HASHES} hashes, this has ${lines.length}`,
    );
  const proof = lines.map((line) => {
    const bytes = decodeBase64(line);
    if (bytes?.byteLength !== hashBytes)
      throw witnessErrors.request_invalid(
        `"${line.slice(0, 60)}" is not a hash of ${hashBytes} bytes in base64`,
      );
    return bytes;
  });
  return { oldSize, proof, checkpoint: body.slice(end + 2) };
}
